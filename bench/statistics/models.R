# R's side of models.mjs. Usage: Rscript models.R FOLDER OUT.json RUNS TASKS; FOLDER holds the .f64 inputs of dump.R.
suppressPackageStartupMessages({library(survival); library(glmnet); library(pROC); library(rms)})
a <- commandArgs(TRUE); folder <- a[1]; out <- a[2]; runs <- as.integer(a[3]); chosen <- strsplit(a[4], ",")[[1]]
read64 <- function(f, rows) matrix(readBin(file.path(folder, f), "double", 1e8, size = 8, endian = "little"), rows)
seconds <- function(expr) { e <- substitute(expr); env <- parent.frame(); t <- vapply(seq_len(runs), function(i) { gc(FALSE); s <- system.time(eval(e, env)); c(s[["elapsed"]], s[["user.self"]]) }, c(0, 0)); list(elapsed = t[1, ], cpu = t[2, ]) }
x <- read64("glmnet-x.f64", 1000); y <- read64("glmnet-y.f64", 1000); follow <- Surv(y[, 2], y[, 3]); folds <- y[, 4]
times <- list()
if ("binomial" %in% chosen) times$binomial <- seconds(cv.glmnet(x, y[, 1], family = "binomial", foldid = folds))
if ("cox" %in% chosen) times$cox <- seconds(cv.glmnet(x, follow, family = "cox", foldid = folds))
roc2 <- read64("roc.f64", 1e5)
if ("auc" %in% chosen) times$auc <- seconds(ci.auc(roc(roc2[, 1], roc2[, 2], quiet = TRUE, direction = "<"), method = "delong"))
d <- as.data.frame(read64("cox500.f64", 500)); names(d) <- c(paste0("X", 1:8), "time", "status")
f <- cph(Surv(time, status) ~ X1 + X2 + X3 + X4 + X5 + X6 + X7 + X8, d, x = TRUE, y = TRUE)
if ("optimism" %in% chosen) times$optimism <- seconds(validate(f, B = 1000))
# Answers for the untimed comparison: 20 penalties of the same grid, threshold 1e-14.
exact <- function(y, family) { l <- glmnet(x, y, family = family)$lambda[seq(2, 40, 2)]; list(lambda = l, beta = as.matrix(coef(glmnet(x, y, family = family, lambda = l, thresh = 1e-14, maxit = 1e7)))) }
answers <- list()
if ("binomial" %in% chosen) answers$binomial <- exact(y[, 1], "binomial")
if ("cox" %in% chosen) answers$cox <- exact(follow, "cox")
r <- ci.auc(roc(roc2[, 1], roc2[, 2], quiet = TRUE, direction = "<"), method = "delong")
num <- function(v) paste0("[", paste(sprintf("%.17g", as.vector(v)), collapse = ","), "]")
writeLines(paste0("{\"version\":\"", R.version.string, "\",\"times\":{", paste(vapply(names(times), function(k) sprintf("\"%s\":{\"elapsed\":%s,\"cpu\":%s}", k, num(times[[k]]$elapsed), num(times[[k]]$cpu)), ""), collapse = ","), "},\"answers\":{", paste(vapply(names(answers), function(k) sprintf("\"%s\":{\"lambda\":%s,\"beta\":%s}", k, num(answers[[k]]$lambda), num(answers[[k]]$beta)), ""), collapse = ","), "},\"auc\":", num(r), "}"), out)
