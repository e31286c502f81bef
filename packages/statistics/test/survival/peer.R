# Answers of R's survival package for the tables peer-0.csv … in a folder; prints JSON. Usage: Rscript peer.R DIR COUNT
suppressPackageStartupMessages(library(survival)); options(digits = 17, warn = -1)
args <- commandArgs(TRUE); dir <- args[1]; count <- as.integer(args[2])
numbers <- function(v) paste0("[", paste(ifelse(is.finite(v), sprintf("%.17g", v), "null"), collapse = ","), "]")
control <- coxph.control(eps = 1e-13, iter.max = 60, toler.chol = 1e-14)
types <- c("log", "log-log", "plain", "logit", "arcsin")
one <- function(k) {
  d <- read.csv(file.path(dir, sprintf("peer-%d.csv", k))); d[] <- lapply(d, as.numeric); r <- list()
  fits <- list(efron = coxph(Surv(time, event) ~ x1 + x2, d, control = control),
    breslow = coxph(Surv(time, event) ~ x1 + x2, d, ties = "breslow", control = control),
    clustered = coxph(Surv(entry, time, event) ~ x1 + x2 + strata(stratum), d, weights = weight, cluster = cluster, control = control),
    exact = coxph(Surv(time, event) ~ x1 + x2, d, ties = "exact", control = coxph.control(eps = 1e-12, iter.max = 60)))
  for (name in names(fits)) { f <- fits[[name]]; s <- summary(f); put <- function(what, v) r[[paste0(name, ".", what)]] <<- as.vector(v)
    put("coef", coef(f)); put("se", sqrt(diag(vcov(f)))); put("loglik", f$loglik); put("score", s$sctest[1]); put("concordance", s$concordance)
    if (!is.null(s$robscore)) put("robust", s$robscore[1])
    if (name != "exact") { for (g in c("km", "rank", "identity")) put(paste0("zph-", g), cox.zph(f, transform = g)$table[, 1])
      put("martingale", residuals(f, "martingale")); put("scores", t(residuals(f, "score"))); put("dfbeta", t(residuals(f, "dfbeta"))) } }
  r$logrank <- survdiff(Surv(time, event) ~ group + strata(stratum), d)$chisq; r$rho <- survdiff(Surv(time, event) ~ group, d, rho = 1)$chisq
  for (type in types) { q <- quantile(survfit(Surv(entry, time, event) ~ 1, d, conf.type = type), c(.25, .5)); r[[paste0("quantile-", type)]] <- c(q$quantile, q$lower, q$upper) }
  m <- summary(survfit(fits$efron, newdata = data.frame(x1 = c(0, 1), x2 = c(1, 0))), times = c(5, 15), extend = TRUE)
  r$predicted <- c(m$surv[, 1], m$surv[, 2]); r$predictedSe <- c(m$std.err[, 1], m$std.err[, 2])
  paste0("{", paste(sprintf("\"%s\":%s", names(r), vapply(r, numbers, "")), collapse = ","), "}")
}
cat("[", paste(vapply(seq_len(count) - 1, one, ""), collapse = ",\n"), "]\n")
