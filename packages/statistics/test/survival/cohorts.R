# Answers of R on two real cohorts; prints one line "question answer answer …". Usage: Rscript cohorts.R UCI.csv HEPATO.csv
options(digits = 17, warn = -1)
files <- commandArgs(TRUE)
say <- function(name, ...) cat(name, sprintf("%.17g", c(...)), "\n")
u <- read.csv(files[1]); d <- read.csv(files[2])
continuous <- function(data) names(data)[vapply(data, function(v) is.numeric(v) && length(unique(na.omit(v))) >= 10, TRUE)]
columns <- continuous(u)
for (name in columns) {
  x <- u[u$survival == 0, name]; y <- u[u$survival == 1, name]
  w <- t.test(x, y); say(paste0("welch:", name), w$statistic, w$parameter, w$p.value, w$conf.int)
  say(paste0("rank:", name), wilcox.test(x, y, exact = FALSE)$statistic, wilcox.test(x, y, exact = FALSE)$p.value)
}
for (i in seq_along(columns)) for (j in seq_len(i - 1)) {
  x <- u[[columns[i]]]; y <- u[[columns[j]]]; pair <- paste(columns[i], columns[j], sep = ":")
  p <- cor.test(x, y); say(paste0("pearson:", pair), p$estimate, p$p.value, p$conf.int)
  s <- cor.test(x, y, method = "spearman", exact = FALSE); say(paste0("spearman:", pair), s$estimate, s$p.value)
  k <- cor.test(x, y, method = "kendall", exact = FALSE); say(paste0("kendall:", pair), k$estimate, k$p.value)
}
if (requireNamespace("maxstat", quietly = TRUE)) { library(survival)
  markers <- setdiff(continuous(d), c("rownames", "Number", "OS", "RFS"))
  for (outcome in list(c("OS", "Death"), c("RFS", "Recurrence"))) for (name in markers) {
    one <- data.frame(time = d[[outcome[1]]], event = d[[outcome[2]]], x = d[[name]]); one <- one[complete.cases(one), ]
    test <- function(how) maxstat::maxstat.test(Surv(time, event) ~ x, data = one, smethod = "LogRank", pmethod = how)
    a <- test("Lau92"); b <- test("Lau94")
    say(paste("maxstat", outcome[1], outcome[2], name, sep = ":"), a$estimate, a$statistic, a$p.value, b$p.value)
  } }
