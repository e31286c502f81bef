# Times R's survival package on the columns that dump.R wrote; prints one JSON object. Usage: Rscript survival.R DIR RUNS [large]
suppressPackageStartupMessages(library(survival))
args <- commandArgs(TRUE); dir <- args[1]; runs <- as.integer(args[2]); large <- length(args) > 2
read <- function(name, n, columns) { con <- file(file.path(dir, name), "rb"); on.exit(close(con)); as.data.frame(matrix(readBin(con, "double", n * columns, size = 8, endian = "little"), n)) }
results <- list(); values <- list()
timed <- function(name, f) { s <- vapply(seq_len(runs), function(i) { gc(FALSE); system.time(f())[["elapsed"]] }, 0); results[[name]] <<- s }
cox <- function(n) { d <- read(sprintf("cox-%d.f64", n), n, 12); names(d) <- c("time", "status", paste0("X", 1:10)); d }
formula <- Surv(time, status) ~ X1 + X2 + X3 + X4 + X5 + X6 + X7 + X8 + X9 + X10
tight <- coxph.control(eps = 1e-13, iter.max = 50)
for (n in c(100000L, if (large) 1000000L)) { d <- cox(n); timed(sprintf("cox-%d", n), function() coxph(formula, d)); values[[sprintf("cox-%d", n)]] <- unname(coef(coxph(formula, d, control = tight))) }
if (large) { d$g <- as.integer(d$X1 > 0)
  timed("km", function() survfit(Surv(time, status) ~ 1, d)); timed("logrank", function() survdiff(Surv(time, status) ~ g, d)); values[["logrank"]] <- survdiff(Surv(time, status) ~ g, d)$chisq }
z <- read("cox500.f64", 500, 10); names(z) <- c(paste0("X", 1:8), "time", "status"); cuts <- sort(z$X1)[50:450]
timed("scan", function() vapply(cuts, function(k) survdiff(Surv(time, status) ~ I(X1 > k), z)$chisq, 0)); values[["scan"]] <- max(vapply(cuts, function(k) survdiff(Surv(time, status) ~ I(X1 > k), z)$chisq, 0))
list_of <- function(x) paste0("{", paste(sprintf("\"%s\": [%s]", names(x), vapply(x, function(v) paste(sprintf("%.17g", v), collapse = ", "), "")), collapse = ", "), "}")
cat(sprintf("{\"version\": \"%s, survival %s\", \"seconds\": %s, \"values\": %s}\n", R.version.string, packageVersion("survival"), list_of(results), list_of(values)))
