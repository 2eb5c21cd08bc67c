//! One credential after all that may come between.

/// Runs and resumes until it was exchanged or went back, as somebody would who sees it killed. Gives all that was said.
pub fn to_the_end(credential: &str, call: impl Fn(&[&str]) -> (Option<i32>, String)) -> String {
    const HOW: [&str; 5] = ["--wait", "forever", "--verbose", "--request-timeout", "3s"];
    let run = || call(&[&["run", credential][..], &HOW].concat());
    let (mut code, mut text) = run();
    for _ in 0..10 {
        if code == Some(0) || text.contains("went back") {
            return text;
        }
        let (next, mut more) = call(&[&["resume"][..], &HOW].concat());
        code = next;
        if more.contains("no run is unfinished") && !text.contains("finished:") {
            (code, more) = run();
        }
        text.push_str(&more);
    }
    panic!("it does not end: {text}");
}
