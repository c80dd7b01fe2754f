#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inferscope_fuzz::run("traces", bytes));
