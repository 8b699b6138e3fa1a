"""What test runners say of a run, read as tests with states and durations.

reading.py       which reader fits: a result file that was asked for, else what was printed
tests.py         the tests of one run: states, durations, counts; what is wrong between them and the exit code
├── junit.py         JUnit XML files (pytest, unittest, vitest, mocha, …)
├── jest_json.py     JSON files of jest and vitest
├── tap.py           TAP, nested too (node --test, mocha, prove, …)
├── cargo.py         what `cargo test` prints
├── go_test.py       what `go test` prints, with -json and -v
├── jest_text.py     what jest and vitest print
└── pytest_text.py   what pytest prints

Everything here was written by code that nobody has judged: each reader bounds size, depth and number, never raises but
`Unreadable`, and holds what it read against the runner's own sum where there is one.
"""
