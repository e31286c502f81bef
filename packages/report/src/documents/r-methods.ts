import type { RMethod } from "./r-method.js";
import { predictionMethods } from "./r-predictions.js";

const r = String.raw;

/** Functions that methods share, by name. */
export const rHelpers: { readonly [name: string]: string } = {
  keep: r`# Rows that the spec keeps, without those that miss a variable.
keep <- function(data, spec, variables) {
  for (one in list(spec$filter, spec$also)) if (!is.null(one)) data <- data[data[[one$column]] == one$equals & !is.na(data[[one$column]]), , drop = FALSE]
  data[stats::complete.cases(data[, variables, drop = FALSE]), , drop = FALSE]
}`,
  factors: r`# Categories become factors in the order of the spec; the first level is the reference.
factors <- function(data, spec, variables) {
  for (v in variables) {
    levels <- spec$factors[[v]]
    if (!is.null(levels)) data[[v]] <- factor(as.character(data[[v]]), levels = as.character(unlist(levels)))
    else if (is.character(data[[v]])) data[[v]] <- factor(data[[v]])
  }
  data
}`,
  limits: r`# An estimate and its 95 % interval on the scale of the coefficient, for the given step of the variable.
limits <- function(b, se, per) { z <- qnorm(0.975); list(ratio = exp(per * b), ratioLower = exp(per * (b - z * se)), ratioUpper = exp(per * (b + z * se))) }`,
  wilson: r`# A share in percent with Wilson's interval.
wilson <- function(hits, total) if (total == 0) c(NA, NA, NA) else 100 * c(hits / total, suppressWarnings(prop.test(hits, total, correct = FALSE))$conf.int)`,
  spss_median: r`# The median as SPSS gives it: the first time with S <= 0.5; its standard error is Greenwood's over the slope of S between
# the last event with S >= 0.55 and the first with S <= 0.45.
spss_median <- function(fit) {
  k <- fit$n.event > 0; t <- fit$time[k]; s <- fit$surv[k]; se <- s * fit$std.err[k]
  at <- which(s <= 0.5 + 1e-9)[1]; above <- which(s >= 0.55 - 1e-9); below <- which(s <= 0.45 + 1e-9)[1]
  half <- if (is.na(at) || is.na(below) || length(above) == 0) NA else qnorm(0.975) * se[at] / ((s[max(above)] - s[below]) / (t[below] - t[max(above)]))
  c(t[at], t[at] - half, t[at] + half)
}`,
  right_side: r`right_side <- function(variables) paste(sprintf("${"`"}%s${"`"}", unlist(variables)), collapse = " + ")`,
  split_two: r`# Values of two groups: those of the spec, else the two that occur, in order.
split_two <- function(data, spec) {
  data <- keep(data, spec, c(spec$x, spec$group))
  groups <- if (is.null(spec$first)) sort(unique(data[[spec$group]])) else list(spec$first, spec$second)
  lapply(groups, function(g) data[[spec$x]][data[[spec$group]] == g])
}`,
};

/** The methods that `recompute.R` knows, by the names that `livermark stat` gives them. */
export const rMethods: { readonly [method: string]: RMethod } = {
  kaplanMeier: {
    packages: ["survival"],
    uses: ["keep", "spss_median"],
    source: r`kaplanMeier <- function(data, spec) {
  data <- keep(data, spec, c(spec$time, spec$event))
  s <- Surv(data[[spec$time]], data[[spec$event]])
  conf <- if (is.null(spec$confType)) "log" else spec$confType
  fit <- survfit(s ~ 1, conf.type = conf)
  q <- quantile(fit, 0.5)
  out <- list(n = nrow(data), events = sum(data[[spec$event]]),
    median = unname(q$quantile), medianLower = unname(q$lower), medianUpper = unname(q$upper))
  if (!is.null(spec$times)) {
    at <- summary(fit, times = unlist(spec$times), extend = TRUE)
    out <- c(out, list(times = at$time, survival = at$surv, lower = at$lower, upper = at$upper, atRisk = at$n.risk))
  }
  if (!is.null(spec$riskTimes)) out$riskAt <- summary(fit, times = unlist(spec$riskTimes), extend = TRUE)$n.risk
  spss <- spss_median(fit)
  out <- c(out, list(spssMedian = spss[1], spssLower = spss[2], spssUpper = spss[3], observedMedian = median(data[[spec$time]]),
    censoredMedian = median(data[[spec$time]][data[[spec$event]] == 0])))
  reverse <- quantile(survfit(Surv(data[[spec$time]], 1 - data[[spec$event]]) ~ 1, conf.type = conf), 0.5)
  c(out, list(followUpMedian = unname(reverse$quantile), followUpLower = unname(reverse$lower), followUpUpper = unname(reverse$upper)))
}`,
  },
  logrank: {
    packages: ["survival"],
    uses: ["keep"],
    source: r`logrank <- function(data, spec) {
  data <- keep(data, spec, c(spec$time, spec$event, spec$group))
  s <- Surv(data[[spec$time]], data[[spec$event]])
  g <- data[[spec$group]]
  test <- if (is.null(spec$strata)) survdiff(s ~ g) else survdiff(s ~ g + strata(data[[spec$strata]]))
  df <- length(test$n) - 1
  list(n = unname(as.vector(test$n)), observed = as.vector(test$obs), expected = as.vector(test$exp),
    chisq = test$chisq, chi2 = test$chisq, df = df, p = pchisq(test$chisq, df, lower.tail = FALSE))
}`,
  },
  cox: {
    packages: ["survival"],
    uses: ["keep", "factors", "limits", "right_side"],
    source: r`cox <- function(data, spec) {
  used <- c(unlist(spec$covariates), spec$strata, spec$cluster)
  data <- factors(keep(data, spec, c(spec$time, spec$event, used)), spec, unlist(spec$covariates))
  data$.time <- data[[spec$time]]; data$.event <- data[[spec$event]]
  terms <- right_side(spec$covariates)
  if (!is.null(spec$strata)) terms <- sprintf("%s + strata(${"`"}%s${"`"})", terms, spec$strata)
  formula <- as.formula(paste("Surv(.time, .event) ~", terms))
  ties <- if (is.null(spec$ties)) "efron" else spec$ties
  fit <- if (is.null(spec$cluster)) coxph(formula, data, ties = ties) else coxph(formula, data, ties = ties, cluster = data[[spec$cluster]])
  s <- summary(fit)
  se <- unname(sqrt(diag(vcov(fit)))); per <- if (is.null(spec$per)) 1 else unlist(spec$per)
  zph <- if (isTRUE(spec$proportionality)) cox.zph(fit)$table[, "p"] else NA
  c(limits(unname(coef(fit)), se, per), list(n = fit$n, events = fit$nevent, terms = names(coef(fit)), coef = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))),
    z = unname(s$coefficients[, "z"]), p = unname(s$coefficients[, ncol(s$coefficients)]), hr = unname(exp(coef(fit))),
    ciLower = unname(s$conf.int[, 3]), ciUpper = unname(s$conf.int[, 4]), loglik = fit$loglik[2], aic = AIC(fit),
    wald = as.vector(fit$wald.test), waldP = pchisq(as.vector(fit$wald.test), length(coef(fit)), lower.tail = FALSE),
    proportionality = unname(if (length(zph) > 1) head(zph, -1) else zph), proportionalityAll = unname(tail(zph, 1)),
    concordance = unname(s$concordance[1]), likelihoodRatio = unname(s$logtest["test"]), likelihoodRatioP = unname(s$logtest["pvalue"])))
}`,
  },
  logistic: {
    packages: [],
    uses: ["keep", "factors", "limits", "right_side"],
    source: r`logistic <- function(data, spec) {
  used <- unlist(spec$covariates)
  data <- factors(keep(data, spec, c(spec$y, used)), spec, used)
  data$.y <- data[[spec$y]]
  fit <- glm(as.formula(paste(".y ~", right_side(spec$covariates))), binomial, data, epsilon = 1e-14, maxit = 100)
  s <- summary(fit)$coefficients
  se <- unname(s[, 2]); b <- unname(coef(fit)); z <- qnorm(0.975)
  risk <- fitted(fit); n1 <- sum(data$.y == 1); n0 <- sum(data$.y == 0)
  per <- if (is.null(spec$per)) 1 else unlist(spec$per)
  c(limits(b[-1], se[-1], per), list(slopeP = unname(s[-1, 4]), n = nrow(data), events = sum(data$.y), terms = names(coef(fit)), coef = b, se = se, z = unname(s[, 3]), p = unname(s[, 4]),
    or = exp(b), waldLower = exp(b - z * se), waldUpper = exp(b + z * se), loglik = as.numeric(logLik(fit)), aic = AIC(fit), deviance = deviance(fit),
    brier = mean((data$.y - risk)^2), cStatistic = (sum(rank(risk)[data$.y == 1]) - n1 * (n1 + 1) / 2) / (n1 * n0)))
}`,
  },
  roc: {
    packages: ["pROC"],
    uses: ["keep"],
    source: r`roc <- function(data, spec) {
  data <- keep(data, spec, c(spec$y, spec$x))
  levels <- if (is.null(spec$levels)) c(0, 1) else unlist(spec$levels)
  direction <- if (is.null(spec$direction)) "auto" else spec$direction
  fit <- pROC::roc(data[[spec$y]], data[[spec$x]], levels = levels, direction = direction, quiet = TRUE)
  ci <- as.numeric(pROC::ci.auc(fit, method = "delong"))
  best <- pROC::coords(fit, "best", best.method = "youden", transpose = FALSE)[1, ]
  list(cases = length(fit$cases), controls = length(fit$controls), direction = fit$direction, auc = as.numeric(fit$auc),
    aucLower = ci[1], aucUpper = ci[3], ciDeLong = ci[c(1, 3)], seDeLong = sqrt(pROC::var(fit, method = "delong")),
    pChance = 2 * pnorm(-abs(as.numeric(fit$auc) - 0.5) / sqrt(pROC::var(fit, method = "delong"))), threshold = best$threshold, sensitivity = best$sensitivity, specificity = best$specificity)
}`,
  },
  rocTestPaired: {
    packages: ["pROC"],
    uses: ["keep"],
    source: r`rocTestPaired <- function(data, spec) {
  data <- keep(data, spec, c(spec$y, spec$x1, spec$x2))
  levels <- if (is.null(spec$levels)) c(0, 1) else unlist(spec$levels)
  one <- pROC::roc(data[[spec$y]], data[[spec$x1]], levels = levels, quiet = TRUE)
  two <- pROC::roc(data[[spec$y]], data[[spec$x2]], levels = levels, quiet = TRUE)
  test <- pROC::roc.test(one, two, method = "delong", paired = TRUE)
  list(n = nrow(data), auc1 = as.numeric(one$auc), auc2 = as.numeric(two$auc), z = unname(test$statistic), p = test$p.value,
    difference = as.numeric(one$auc) - as.numeric(two$auc), differenceLower = test$conf.int[1], differenceUpper = test$conf.int[2])
}`,
  },
  descriptive: {
    packages: [],
    uses: ["keep"],
    source: r`descriptive <- function(data, spec) {
  x <- keep(data, spec, spec$x)[[spec$x]]
  q <- unname(quantile(x, c(0.25, 0.5, 0.75), type = if (is.null(spec$type)) 7 else spec$type))
  list(n = length(x), mean = mean(x), sd = sd(x), min = min(x), max = max(x), q1 = q[1], median = q[2], q3 = q[3])
}`,
  },
  shapiroWilk: {
    packages: [],
    uses: ["keep"],
    source: r`shapiroWilk <- function(data, spec) {
  test <- shapiro.test(keep(data, spec, spec$x)[[spec$x]])
  list(W = unname(test$statistic), p = test$p.value)
}`,
  },
  tTests: {
    packages: [],
    uses: ["keep", "split_two"],
    source: r`tTests <- function(data, spec) {
  g <- split_two(data, spec)
  welch <- t.test(g[[1]], g[[2]]); student <- t.test(g[[1]], g[[2]], var.equal = TRUE)
  list(n1 = length(g[[1]]), n2 = length(g[[2]]), t = unname(welch$statistic), df = unname(welch$parameter), p = welch$p.value,
    studentT = unname(student$statistic), studentP = student$p.value)
}`,
  },
  mannWhitney: {
    packages: [],
    uses: ["keep", "split_two"],
    source: r`mannWhitney <- function(data, spec) {
  g <- split_two(data, spec)
  corrected <- wilcox.test(g[[1]], g[[2]], exact = FALSE, correct = TRUE)
  plain <- wilcox.test(g[[1]], g[[2]], exact = FALSE, correct = FALSE)
  list(n1 = length(g[[1]]), n2 = length(g[[2]]), W = unname(corrected$statistic), pApproxCC = corrected$p.value, pApprox = plain$p.value, p = corrected$p.value)
}`,
  },
  contingency: {
    packages: [],
    uses: ["keep"],
    source: r`contingency <- function(data, spec) {
  m <- if (is.null(spec$table)) { data <- keep(data, spec, c(spec$row, spec$column)); table(data[[spec$row]], data[[spec$column]]) } else do.call(rbind, lapply(spec$table, unlist))
  plain <- suppressWarnings(chisq.test(m, correct = FALSE))
  list(n = sum(m), chisq = unname(plain$statistic), df = unname(plain$parameter), chisqP = plain$p.value, fisherP = tryCatch(fisher.test(m, workspace = 2e7)$p.value, error = function(e) NA))
}`,
  },
  kSample: {
    packages: [],
    uses: ["keep"],
    source: r`kSample <- function(data, spec) {
  data <- keep(data, spec, c(spec$x, spec$group))
  kw <- kruskal.test(data[[spec$x]], factor(data[[spec$group]]))
  a <- anova(lm(data[[spec$x]] ~ factor(data[[spec$group]])))
  # Dunn (1964): differences of mean ranks with the variance corrected for ties, Holm over the pairs in the order of the spec.
  ranks <- rank(data[[spec$x]]); total <- length(ranks); ties <- table(ranks)
  spread <- total * (total + 1) / 12 - sum(ties^3 - ties) / (12 * (total - 1))
  dunn <- vapply(spec$pairs, function(pair) {
    one <- ranks[data[[spec$group]] == pair[[1]]]; two <- ranks[data[[spec$group]] == pair[[2]]]
    2 * pnorm(-abs(mean(one) - mean(two)) / sqrt(spread * (1 / length(one) + 1 / length(two))))
  }, 0)
  list(n = nrow(data), dunnHolm = p.adjust(dunn, "holm"), kruskalH = unname(kw$statistic), kruskalDf = unname(kw$parameter), kruskalP = kw$p.value, p = kw$p.value, anovaF = a[1, 4], anovaP = a[1, 5])
}`,
  },
  correlation: {
    packages: [],
    uses: ["keep"],
    source: r`correlation <- function(data, spec) {
  data <- keep(data, spec, c(spec$x, spec$y))
  pearson <- cor.test(data[[spec$x]], data[[spec$y]])
  list(n = nrow(data), pearson = unname(pearson$estimate), pearsonP = pearson$p.value, pearsonLower = pearson$conf.int[1], pearsonUpper = pearson$conf.int[2],
    spearman = cor(data[[spec$x]], data[[spec$y]], method = "spearman"))
}`,
  },
  proportion: {
    packages: [],
    uses: [],
    source: r`proportion <- function(data, spec) {
  level <- if (is.null(spec$conf)) 0.95 else spec$conf
  if (!is.null(spec$column)) { known <- data[[spec$column]][!is.na(data[[spec$column]])]; spec$n <- length(known); spec$x <- sum(known %in% unlist(spec$yes)) }
  exact <- binom.test(spec$x, spec$n, conf.level = level)
  wilson <- suppressWarnings(prop.test(spec$x, spec$n, correct = FALSE, conf.level = level))
  list(x = spec$x, n = spec$n, p = spec$x / spec$n, lower = exact$conf.int[1], upper = exact$conf.int[2], clopperPearson = as.numeric(exact$conf.int), wilson = as.numeric(wilson$conf.int))
}`,
  },
  competingRisks: {
    packages: ["survival"],
    uses: ["keep"],
    source: r`# Status 0 = censored, 1 and 2 = causes. Aalen and Johansen's cumulative incidence, all rows or those of the filter.
competingRisks <- function(data, spec) {
  data <- keep(data, spec, c(spec$time, spec$status))
  data$.state <- factor(data[[spec$status]], 0:2, c("censored", "one", "two"))
  fit <- survfit(Surv(data[[spec$time]], data$.state) ~ 1)
  at <- summary(fit, times = unlist(spec$times), extend = TRUE)
  list(n = nrow(data), incidence1 = unname(at$pstate[, 2]), incidence2 = unname(at$pstate[, 3]))
}`,
  },
  fineGray: {
    packages: ["survival"],
    uses: ["keep", "factors", "right_side"],
    source: r`# Coefficients of the subdistribution hazards of cause 1 (Fine and Gray 1999), as cmprsk::crr weights them: who had the other
# event stays at risk with G(u-)/G(T-), G from the Kaplan-Meier curve of censoring that keeps everybody with an event at a time
# in its risk set. (survival::finegray takes them out first, which differs where censoring and events share a day.)
fineGray <- function(data, spec) {
  used <- unlist(spec$covariates)
  data <- factors(keep(data, spec, c(spec$time, spec$status, used)), spec, used)
  t <- data[[spec$time]]; status <- data[[spec$status]]
  censoring <- survfit(Surv(t, status == 0) ~ 1)
  before <- function(at) vapply(at, function(one) min(1, censoring$surv[censoring$time < one - 1e-9]), 0)
  at <- sort(unique(t[status == 1]))
  rows <- do.call(rbind, lapply(seq_along(t), function(i) {
    first <- data.frame(.row = i, .from = 0, .to = t[i], .event = status[i] == 1, .weight = 1)
    later <- at[at > t[i] + 1e-9]
    if (status[i] != 2 || length(later) == 0) return(first)
    rbind(first, data.frame(.row = i, .from = c(t[i], head(later, -1)), .to = later, .event = FALSE, .weight = before(later) / before(t[i])))
  }))
  rows <- rows[rows$.to > rows$.from & rows$.weight > 0, ]
  rows <- cbind(data[rows$.row, used, drop = FALSE], rows)
  fit <- coxph(as.formula(paste("Surv(.from, .to, .event) ~", right_side(spec$covariates))), rows, weights = rows$.weight, ties = "breslow", control = coxph.control(eps = 1e-13, iter.max = 100))
  list(n = nrow(data), coef = unname(coef(fit)))
}`,
  },
  icc: {
    packages: [],
    uses: ["keep"],
    source: r`# Two-way mean squares after Shrout and Fleiss (1979); interval of ICC(2,1) after McGraw and Wong (1996).
icc <- function(data, spec) {
  m <- if (is.null(spec$ratings)) as.matrix(keep(data, spec, unlist(spec$raters))[, unlist(spec$raters)]) else do.call(rbind, lapply(spec$ratings, unlist))
  n <- nrow(m); k <- ncol(m); grand <- mean(m)
  msr <- k * sum((rowMeans(m) - grand)^2) / (n - 1)
  msc <- n * sum((colMeans(m) - grand)^2) / (k - 1)
  mse <- sum((m - outer(rowMeans(m), colMeans(m), "+") + grand)^2) / ((n - 1) * (k - 1))
  msw <- (msc * (k - 1) + mse * (n - 1) * (k - 1)) / (n * (k - 1))
  icc2 <- (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
  fj <- msc / mse
  v <- (k - 1) * (n - 1) * (k * icc2 * fj + n * (1 + (k - 1) * icc2) - k * icc2)^2 /
    ((n - 1) * k^2 * icc2^2 * fj^2 + (n * (1 + (k - 1) * icc2) - k * icc2)^2)
  d <- m[, 1] - m[, 2]; f <- msr / msw
  tail <- 1 - (if (is.null(spec$alpha)) 0.05 else spec$alpha) / 2
  low <- qf(tail, n - 1, v); high <- qf(tail, v, n - 1)
  f1 <- f / qf(tail, n - 1, n * (k - 1)); f2 <- f * qf(tail, n * (k - 1), n - 1)
  list(n = n, k = k, icc1Lower = (f1 - 1) / (f1 + k - 1), icc1Upper = (f2 - 1) / (f2 + k - 1), repeatability = 1.96 * sqrt(2 * msw),
    bias = mean(d), lowerLimit = mean(d) - 1.96 * sd(d), upperLimit = mean(d) + 1.96 * sd(d), icc1 = (msr - msw) / (msr + (k - 1) * msw), icc2 = icc2, icc3 = (msr - mse) / (msr + (k - 1) * mse),
    icc2Lower = n * (msr - low * mse) / (low * (k * msc + (k * n - k - n) * mse) + n * msr),
    icc2Upper = n * (high * msr - mse) / (k * msc + (k * n - k - n) * mse + n * high * msr))
}`,
  },
  kappa: {
    packages: [],
    uses: [],
    source: r`# Cohen (1960, 1968): unweighted, linear and quadratic weights; interval and test by Fleiss, Cohen and Everitt (1969).
kappa <- function(data, spec) {
  m <- if (is.null(spec$table)) { l <- sort(unique(c(data[[spec$a]], data[[spec$b]]))); table(factor(data[[spec$a]], l), factor(data[[spec$b]], l)) } else do.call(rbind, lapply(spec$table, unlist))
  p <- m / sum(m); e <- outer(rowSums(p), colSums(p)); k <- nrow(p); d <- abs(outer(seq_len(k), seq_len(k), "-"))
  of <- function(w) 1 - sum(w * p) / sum(w * e)
  more <- function(distance) {
    w <- 1 - distance / max(distance); own <- of(distance); chance <- sum(w * e)
    u <- outer(as.vector(w %*% colSums(p)), as.vector(rowSums(p) %*% w), "+")
    se <- sqrt((sum(p * (w - u * (1 - own))^2) - (own - chance * (1 - own))^2) / sum(m)) / (1 - chance)
    none <- sqrt((sum(e * (w - u)^2) - chance^2) / sum(m)) / (1 - chance)
    c(own + c(-1, 1) * qnorm(0.975) * se, 2 * pnorm(-abs(own / none)))
  }
  plain <- more(d > 0); straight <- more(d)
  list(n = sum(m), kappa = of(d > 0), linear = of(d), quadratic = of(d^2), same = sum(diag(m)), kappaLower = plain[1], kappaUpper = plain[2], kappaP = plain[3],
    linearLower = straight[1], linearUpper = straight[2], linearP = straight[3])
}`,
  },
  maxstat: {
    packages: ["survival", "maxstat"],
    uses: ["keep"],
    source: r`maxstat <- function(data, spec) {
  data <- keep(data, spec, c(spec$time, spec$event, spec$x))
  d <- data.frame(time = data[[spec$time]], event = data[[spec$event]], x = data[[spec$x]])
  low <- if (is.null(spec$minprop)) 0.1 else spec$minprop; high <- if (is.null(spec$maxprop)) 0.9 else spec$maxprop
  test <- function(how) maxstat::maxstat.test(Surv(time, event) ~ x, data = d, smethod = "LogRank", pmethod = how, minprop = low, maxprop = high)
  one <- test("Lau92"); two <- test("Lau94")
  list(n = nrow(d), M = unname(one$statistic), cutpoint = unname(one$estimate), pLau92 = unname(one$p.value), pLau94 = min(1, unname(two$p.value)))
}`,
  },
  lasso: {
    packages: ["glmnet"],
    uses: ["keep"],
    source: r`lasso <- function(data, spec) {
  data <- keep(data, spec, c(spec$y, unlist(spec$x)))
  x <- as.matrix(data[, unlist(spec$x)])
  fit <- glmnet::cv.glmnet(x, data[[spec$y]], family = if (is.null(spec$family)) "binomial" else spec$family, alpha = if (is.null(spec$alpha)) 1 else spec$alpha,
    foldid = unlist(spec$foldId), type.measure = if (is.null(spec$measure)) "deviance" else spec$measure, thresh = 1e-14)
  list(lambdaMin = fit$lambda.min, lambda1se = fit$lambda.1se, coefMin = as.vector(coef(fit, s = "lambda.min")), coef1se = as.vector(coef(fit, s = "lambda.1se")))
}`,
  },
  ...predictionMethods,
  pAdjust: {
    packages: [],
    uses: [],
    source: r`pAdjust <- function(data, spec) sapply(c("bonferroni", "holm", "hochberg", "hommel", "BH", "BY"), function(m) p.adjust(unlist(spec$p), m), simplify = FALSE)`,
  },
};
