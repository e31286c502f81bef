# Times one task of R's survival package on the columns that dump.R wrote; prints one JSON object.
# Usage: Rscript survival.R DIR RUNS TASK N, with TASK one of cox, km, logrank, scan
suppressPackageStartupMessages(library(survival))
args <- commandArgs(TRUE); dir <- args[1]; runs <- as.integer(args[2]); task <- args[3]; n <- as.integer(args[4])
read <- function(name, rows, columns) { con <- file(file.path(dir, name), "rb"); on.exit(close(con)); as.data.frame(matrix(readBin(con, "double", rows * columns, size = 8, endian = "little"), rows)) }
if (task == "scan") { d <- read("cox500.f64", 500, 10); names(d) <- c(paste0("X", 1:8), "time", "status"); cuts <- sort(d$X1)[50:450]
} else { d <- read(sprintf("cox-%d.f64", n), n, 12); names(d) <- c("time", "status", paste0("X", 1:10)); d$g <- as.integer(d$X1 > 0) }
formula <- Surv(time, status) ~ X1 + X2 + X3 + X4 + X5 + X6 + X7 + X8 + X9 + X10
scan <- function() vapply(cuts, function(k) survdiff(Surv(time, status) ~ I(X1 > k), d)$chisq, 0)
act <- switch(task, cox = function() coxph(formula, d), km = function() survfit(Surv(time, status) ~ 1, d), logrank = function() survdiff(Surv(time, status) ~ g, d), scan = scan)
times <- vapply(seq_len(runs), function(i) { gc(FALSE); t <- system.time(act()); c(t[["elapsed"]], t[["user.self"]] + t[["sys.self"]]) }, c(0, 0))
tight <- function() suppressWarnings(coxph(formula, d, control = coxph.control(eps = 1e-13, iter.max = 50)))
value <- switch(task, cox = unname(coef(tight())), km = { s <- survfit(Surv(time, status) ~ 1, d); c(sum(s$n.event), min(s$surv), quantile(s, .5)$quantile) }, logrank = survdiff(Surv(time, status) ~ g, d)$chisq, scan = max(scan()))
list_of <- function(v) paste(sprintf("%.17g", v), collapse = ", ")
cat(sprintf("{\"version\": \"%s, survival %s\", \"seconds\": [%s], \"cpu\": [%s], \"value\": [%s]}\n", R.version.string, packageVersion("survival"), list_of(times[1, ]), list_of(times[2, ]), list_of(value)))
