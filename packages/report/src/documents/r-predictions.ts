import type { RMethod } from "./r-method.js";

const r = String.raw;

/** Methods of `recompute.R` that count, describe, and judge predictions and cut-offs. */
export const predictionMethods: { readonly [method: string]: RMethod } = {
  tally: {
    packages: [],
    uses: ["keep"],
    source: r`# How many rows have each level, of all with a value.
tally <- function(data, spec) {
  x <- as.character(keep(data, spec, spec$x)[[spec$x]])
  list(n = vapply(unlist(spec$levels), function(l) sum(x == l), 0, USE.NAMES = FALSE), total = length(x))
}`,
  },
  accuracy: {
    packages: [],
    uses: ["keep", "wilson"],
    source: r`# Sensitivity, specificity and predictive values in percent at a cut, with Wilson's intervals.
accuracy <- function(data, spec) {
  data <- keep(data, spec, c(spec$y, spec$x))
  positive <- if (spec$direction == "<") data[[spec$x]] >= spec$cut else data[[spec$x]] <= spec$cut
  y <- data[[spec$y]] == 1
  list(sensitivity = wilson(sum(positive & y), sum(y)), specificity = wilson(sum(!positive & !y), sum(!y)),
    ppv = wilson(sum(positive & y), sum(positive)), npv = wilson(sum(!positive & !y), sum(!positive)))
}`,
  },
  calibration: {
    packages: [],
    uses: ["keep"],
    source: r`# Predicted risks against what happened: Brier score, its share of the null model's, and the calibration line on the logit.
calibration <- function(data, spec) {
  data <- keep(data, spec, c(spec$y, spec$x))
  y <- data[[spec$y]]; p <- pmin(1 - 1e-9, pmax(1e-9, data[[spec$x]])); lp <- qlogis(p)
  line <- unname(coef(glm(y ~ lp, family = binomial, epsilon = 1e-14, maxit = 100)))
  brier <- mean((p - y)^2)
  list(n = length(y), events = sum(y), brier = brier, brierScaled = 1 - brier / (mean(y) * (1 - mean(y))), intercept = line[1], slope = line[2],
    expectedObserved = sum(p) / sum(y))
}`,
  },
  decisionCurve: {
    packages: [],
    uses: ["keep"],
    source: r`# Net benefit (Vickers and Elkin 2006): TP/n - FP/n * t / (1 - t), of the model and of treating all.
decisionCurve <- function(data, spec) {
  data <- keep(data, spec, c(spec$y, spec$x))
  y <- data[[spec$y]]; t <- unlist(spec$thresholds); n <- length(y)
  list(netBenefit = vapply(t, function(at) { up <- data[[spec$x]] >= at; sum(up & y == 1) / n - sum(up & y == 0) / n * at / (1 - at) }, 0),
    treatAll = mean(y) - (1 - mean(y)) * t / (1 - t))
}`,
  },
  survivalDecisionCurve: {
    packages: ["survival"],
    uses: ["keep"],
    source: r`# Net benefit of the risk by a time (Vickers et al. 2008), from a linear predictor and the baseline hazard until then.
survivalDecisionCurve <- function(data, spec) {
  data <- keep(data, spec, c(spec$time, spec$event, spec$x))
  s <- Surv(data[[spec$time]], data[[spec$event]]); risk <- 1 - exp(-spec$hazard * exp(data[[spec$x]])); t <- unlist(spec$thresholds)
  alive <- function(rows) summary(survfit(s[rows] ~ 1), times = spec$at, extend = TRUE)$surv
  all <- alive(rep(TRUE, length(risk)))
  list(netBenefit = vapply(t, function(at) { up <- risk >= at; if (!any(up)) return(0); a <- alive(up); mean(up) * ((1 - a) - a * at / (1 - at)) }, 0),
    treatAll = 1 - all - all * t / (1 - t))
}`,
  },
  harrell: {
    packages: ["survival"],
    uses: ["keep"],
    source: r`# Harrell's C of a marker whose higher values mean earlier events; interval by the infinitesimal jackknife.
harrell <- function(data, spec) {
  data <- keep(data, spec, c(spec$time, spec$event, spec$x))
  one <- survival::concordance(Surv(data[[spec$time]], data[[spec$event]]) ~ data[[spec$x]], reverse = TRUE)
  value <- unname(one$concordance); half <- qnorm(0.975) * sqrt(as.vector(one$var))
  list(n = nrow(data), c = value, cLower = value - half, cUpper = value + half)
}`,
  },
  thresholdSweep: {
    packages: ["survival"],
    uses: ["keep", "spss_median"],
    source: r`# Medians below and at or above a threshold, and the log-rank test between them.
thresholdSweep <- function(data, spec) {
  data <- keep(data, spec, c(spec$time, spec$event, spec$x))
  s <- Surv(data[[spec$time]], data[[spec$event]]); low <- data[[spec$x]] < spec$threshold
  of <- function(rows) {
    fit <- survfit(s[rows] ~ 1, conf.type = spec$confType)
    if (identical(spec$medianRule, "spss")) return(spss_median(fit))
    q <- quantile(fit, 0.5); unname(c(q$quantile, q$lower, q$upper))
  }
  below <- of(low); above <- of(!low)
  list(nBelow = sum(low), nAbove = sum(!low), below = below, above = above, difference = below[1] - above[1], p = pchisq(survdiff(s ~ low)$chisq, 1, lower.tail = FALSE))
}`,
  },
  timeDependentCox: {
    packages: ["survival"],
    uses: ["factors", "right_side"],
    source: r`# A state that begins during follow-up as a covariate that changes then: rows split where it begins (counting process).
timeDependentCox <- function(data, spec) {
  data <- factors(data[!is.na(data[[spec$time]]) & !is.na(data[[spec$event]]), , drop = FALSE], spec, unlist(spec$adjust))
  end <- data[[spec$time]]; event <- data[[spec$event]]; begins <- data[[spec$begins]]
  inside <- !is.na(begins) & begins < end & begins > 0
  at_start <- !is.na(begins) & begins < end & begins <= 0
  rows <- c(seq_along(end), which(inside))
  split <- data[rows, , drop = FALSE]
  split$.from <- c(rep(0, length(end)), begins[inside]); split$.to <- c(ifelse(inside, begins, end), end[inside])
  split$.event <- c(ifelse(inside, 0, event), event[inside]); split$.state <- c(as.numeric(at_start), rep(1, sum(inside)))
  terms <- paste(c(".state", if (length(spec$adjust)) right_side(spec$adjust)), collapse = " + ")
  fit <- coxph(as.formula(paste("Surv(.from, .to, .event) ~", terms)), split, ties = spec$ties)
  s <- summary(fit)
  list(hr = unname(exp(coef(fit))[1]), hrLower = unname(s$conf.int[1, 3]), hrUpper = unname(s$conf.int[1, 4]), p = unname(s$coefficients[1, 5]))
}`,
  },
};
