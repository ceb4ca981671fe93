# RE2: patterns in rules are written by users and must not backtrack.
list(APPEND ARG_LINK re2)
