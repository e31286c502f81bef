/* Plain C loops that the imaging kernels are measured against: gcc -O3 -march=native kernels.c -lm.
   kernels NAME REPEATS [raw] prints one JSON line: times in ms, a result to compare, peak resident memory in KiB. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { COLUMNS = 512, ROWS = 512, SLICES = 300, ADC_VOXELS = 256 * 256 * 40, IMAGES = 4 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static uint32_t state;
static uint32_t next(void) { return state = state * 1664525u + 1013904223u; }

static void fill_phases(int16_t *pre, int16_t *arterial, size_t n) {
  state = 1;
  for (size_t v = 0; v < n; v++) {
    pre[v] = (int16_t)((next() >> 16) % 300);
    arterial[v] = (int16_t)((next() >> 16) % 400);
  }
}

static void fill_liver(uint8_t *mask) {
  for (size_t k = 0; k < SLICES; k++)
    for (size_t j = 0; j < ROWS; j++)
      for (size_t i = 0; i < COLUMNS; i++)
        mask[(k * ROWS + j) * COLUMNS + i] = k % 3 == 0 && i > 100 && i < 300;
}

static void fill_blobs(uint8_t *mask) {
  state = 7;
  for (size_t k = 0; k < SLICES; k++)
    for (size_t j = 0; j < ROWS; j++)
      for (size_t i = 0; i < COLUMNS; i++) {
        int x = (int)(i % 48) - 24, y = (int)(j % 40) - 20, z = (int)(k % 36) - 18;
        mask[(k * ROWS + j) * COLUMNS + i] = x * x + y * y + z * z < 225 || (next() >> 24) < 2;
      }
}

static int32_t find(int32_t *parent, int32_t label) {
  while (parent[label] != label) {
    parent[label] = parent[parent[label]];
    label = parent[label];
  }
  return label;
}

/* 6-connected components with a label volume, two passes of union-find. */
static int components(const uint8_t *mask, int32_t *labels, int32_t *parent) {
  int32_t last = 0;
  for (int k = 0; k < SLICES; k++)
    for (int j = 0; j < ROWS; j++)
      for (int i = 0; i < COLUMNS; i++) {
        size_t v = ((size_t)k * ROWS + j) * COLUMNS + i;
        if (!mask[v]) {
          labels[v] = 0;
          continue;
        }
        int32_t around[3] = {i ? labels[v - 1] : 0, j ? labels[v - COLUMNS] : 0,
                             k ? labels[v - (size_t)COLUMNS * ROWS] : 0};
        int32_t least = 0;
        for (int a = 0; a < 3; a++) {
          if (!around[a]) continue;
          int32_t root = find(parent, around[a]);
          if (!least) least = root;
          else if (root < least) {
            parent[least] = root;
            least = root;
          } else if (root > least) parent[root] = least;
        }
        if (!least) {
          least = ++last;
          parent[last] = last;
        }
        labels[v] = least;
      }
  int count = 0;
  for (int32_t l = 1; l <= last; l++) {
    if (parent[l] == l) parent[l] = -++count;
    else parent[l] = parent[parent[l]];
  }
  for (size_t v = 0; v < (size_t)COLUMNS * ROWS * SLICES; v++)
    if (labels[v]) labels[v] = -parent[labels[v]];
  return count;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const char *name = argv[1];
  int repeats = atoi(argv[2]);
  size_t n = (size_t)COLUMNS * ROWS * SLICES;
  double result = 0;
  double times[64];
  if (!strcmp(name, "letb") || !strcmp(name, "moments")) {
    int16_t *pre = malloc(2 * n), *arterial = malloc(2 * n);
    uint8_t *mask = malloc(n);
    fill_phases(pre, arterial, n);
    fill_liver(mask);
    for (int r = 0; r < repeats; r++) {
      double t = now();
      if (name[0] == 'l') {
        uint64_t count = 0;
        for (size_t v = 0; v < n; v++) count += mask[v] & (arterial[v] - pre[v] > 65);
        result = (double)count;
      } else {
        int64_t sum = 0, squares = 0, count = 0;
        for (size_t v = 0; v < n; v++) {
          int x = mask[v] ? arterial[v] : 0;
          sum += x;
          squares += x * x;
          count += mask[v];
        }
        double mean = (double)sum / count;
        result = sqrt(((double)squares - mean * sum) / (count - 1));
      }
      times[r] = now() - t;
    }
  } else if (!strncmp(name, "adc", 3)) {
    static const float b[IMAGES] = {0, 100, 400, 800};
    size_t q = ADC_VOXELS;
    int whole = !strcmp(name, "adc-int16");
    int16_t *ints = malloc(2 * q * IMAGES);
    float *floats = malloc(4 * q * IMAGES), *out = malloc(4 * q);
    state = 3;
    for (size_t v = 0; v < q * IMAGES; v++) ints[v] = (int16_t)(10 + (next() >> 20));
    for (size_t v = 0; v < q * IMAGES; v++) floats[v] = ints[v] * 0.5f;
    float sx = 0, sxx = 0;
    for (int j = 0; j < IMAGES; j++) {
      sx += b[j];
      sxx += b[j] * b[j];
    }
    float den = IMAGES * sxx - sx * sx;
    for (int r = 0; r < repeats; r++) {
      double t = now();
      for (size_t v = 0; v < q; v++) {
        float sy = 0, sxy = 0;
        for (int j = 0; j < IMAGES; j++) {
          float y = logf(whole ? (float)ints[j * q + v] : floats[j * q + v]);
          sy += y;
          sxy += b[j] * y;
        }
        out[v] = -(IMAGES * sxy - sx * sy) / den;
      }
      times[r] = now() - t;
      result = out[12345];
    }
  } else if (!strcmp(name, "components")) {
    uint8_t *mask = malloc(n);
    int32_t *labels = malloc(4 * n), *parent = malloc(4 * (n / 2));
    fill_blobs(mask);
    for (int r = 0; r < repeats; r++) {
      double t = now();
      result = components(mask, labels, parent);
      times[r] = now() - t;
    }
  } else
    return 2;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"ms\":[");
  for (int r = 0; r < repeats; r++) printf("%s%.3f", r ? "," : "", times[r]);
  printf("],\"result\":%.9g,\"rssKiB\":%ld}\n", result, usage.ru_maxrss);
  return 0;
}
