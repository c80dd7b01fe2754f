//! A run's log: what comes first, what follows, and why there is none.

use inferscope::runs::log::{Failure, Log, address, file_name, link};

const READY: &str = "Application startup complete.";

/// The text of the steps, one after the other.
fn steps(log: &Log) -> Vec<String> {
    let (mut shown, mut parts) = (0, Vec::new());
    loop {
        let step = log.step(shown);
        if step.is_empty() {
            return parts;
        }
        shown = step.end;
        parts.push(log.part(step).to_owned());
    }
}

#[test]
fn the_start_of_the_server_comes_first() {
    let text = "INFO loading\nINFO:     Application startup complete.\nrequest 1\nINFO: Application startup complete. again\nend";
    let log = Log::read(text.as_bytes(), READY);
    let [first, rest] = &steps(&log)[..] else { panic!("two steps") };
    assert_eq!(first, "INFO loading\nINFO:     Application startup complete.\n", "the first such line, to its end");
    assert_eq!(format!("{first}{rest}"), text, "nothing is lost");
    assert_eq!(log.more(first.len()).as_deref(), Some("Show the whole log (3 more lines)"));
    assert_eq!(log.more(text.len()), None);
    assert!(log.sentence(first.len(), READY, false).contains("2 of 5 lines"), "{}", log.sentence(first.len(), READY, false));
    assert_eq!(log.sentence(text.len(), READY, false), "All 5 lines.");
}

/// A log without the line, or of a deployment that names none, is shown from its start; only the first is a finding.
#[test]
fn without_the_line_it_is_shown_from_its_start() {
    let log = Log::read(b"a\nb\n", READY);
    assert_eq!(steps(&log), ["a\nb\n"]);
    assert!(log.sentence(4, READY, false).contains("may not have started"));
    let unnamed = Log::read(b"a\nApplication startup complete.\nb\n", "");
    assert_eq!(steps(&unnamed).len(), 1);
    assert_eq!(unnamed.sentence(34, "", false), "All 3 lines.");
    let empty = Log::read(b"", READY);
    assert!(empty.step(0).is_empty() && empty.more(0).is_none());
    assert_eq!(empty.sentence(0, READY, false), "The log is empty.");
    let last = Log::read(b"x\nApplication startup complete.", READY);
    assert_eq!(steps(&last).len(), 1, "nothing follows the line");
    assert!(last.sentence(3, READY, true).contains("longer than 20.0 MB"));
}

/// 5,000 lines in one step, whether before the line or after it; a line without end is cut between characters.
#[test]
fn long_logs_come_in_steps() {
    let text = format!("{}{READY}\n{}", "before\n".repeat(7_000), "after\n".repeat(5_001));
    let log = Log::read(text.as_bytes(), READY);
    let parts = steps(&log);
    assert_eq!(parts.iter().map(|part| part.lines().count()).collect::<Vec<_>>(), [5_000, 2_001, 5_000, 1]);
    assert_eq!(parts.concat(), text);
    let first = parts[0].len();
    assert_eq!(log.more(first).as_deref(), Some("Show 2001 more lines"));
    assert!(log.sentence(first, READY, false).contains("The first 5000 of 12002 lines"));

    let endless = format!("x{}", "é".repeat(1_500_000));
    let parts = steps(&Log::read(endless.as_bytes(), READY));
    assert_eq!(parts.iter().map(String::len).collect::<Vec<_>>(), [1_999_999, 1_000_002]);
    assert_eq!(parts.concat(), endless);
}

/// What a terminal would have obeyed is not shown; markup is text like any other.
#[test]
fn terminal_commands_go_and_text_stays() {
    let bytes = b"\x1b[1;36m(APIServer pid=1)\x1b[0;0m up\r\nload 1%\rload 9%\r\n\x1b]0;title\x07<b>&\xff [0m\x1b[";
    let log = Log::read(bytes, "");
    assert_eq!(log.part(0..usize::MAX), "");
    assert_eq!(steps(&log).concat(), "(APIServer pid=1) up\nload 1%\nload 9%\n<b>&\u{fffd} [0m");
    // The line is found although its parts have colours of their own.
    let coloured = Log::read(b"\x1b[32mINFO\x1b[0m:  Application \x1b[1mstartup complete.\nrest\n", READY);
    assert_eq!(steps(&coloured).len(), 2);
}

#[test]
fn failures_say_what_helps() {
    let url = "https://logs.example:8443/runs/u1.log?x=1";
    let words = |failure: Failure| {
        let (what, helps) = failure.words(url);
        format!("{what} {helps}")
    };
    for (status, expected) in [
        (404, "No log for this run."),
        (403, "Sign-in required."),
        (401, "Sign-in required."),
        (503, "server failed (503)"),
        (429, "answered 429"),
    ] {
        assert!(words(Failure::Status(status)).contains(expected), "{status}: {}", words(Failure::Status(status)));
    }
    assert!(words(Failure::Forbidden).contains("does not allow https://logs.example:8443."), "{}", words(Failure::Forbidden));
    assert_eq!(Failure::of_blocked_fetch(url, true, true), Failure::Forbidden);
    assert_eq!(Failure::of_blocked_fetch(url, false, true), Failure::Unreachable);
    assert_eq!(Failure::of_blocked_fetch("HTTP://logs.example/u1", false, true), Failure::Insecure);
    assert_eq!(Failure::of_blocked_fetch("http://logs.example/u1", false, false), Failure::Unreachable);
}

#[test]
fn links_and_names() {
    assert_eq!(address(&link("https://a.example/x")), Some("https://a.example/x"));
    assert_eq!(address("https://a.example/log:"), None);
    assert_eq!(address("?v=1"), None);
    for (address, name) in [
        ("https://a.example/logs/u%201.log?sig=a/b", "u%201.log"),
        ("https://a.example/logs/u1/", "u1"),
        ("https://a.example", "run.log"),
    ] {
        assert_eq!(file_name(address), name);
    }
}
