use super::args::ConsoleArgs;
use super::{CLEAN, FINDINGS, Trouble, output};
use crate::eval::value::display;
use crate::eval::{Inputs, Program, evaluate_expression};
use crate::{source, syntax};
use std::io::BufRead;

pub(super) fn run(args: &ConsoleArgs) -> Result<u8, Trouble> {
    let path = &args.input.path;
    let found = source::discover(&source::Tree::from(path), &source::Overlay::new())
        .map_err(|error| Trouble::new(format!("cannot open `{}`: {error}", path.display())))?;
    let parsed: Vec<_> = found.sources.iter().map(|file| syntax::parse(file)).collect();
    let program = Program::new(&found.sources, &parsed, &found.manifests, &mut Vec::new());
    let vars = &args.input.vars;
    let inputs = Inputs { sources: &found.sources, program: &program, vars, var_files: &[] };
    let mut code = CLEAN;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Trouble::new(format!("cannot read standard input: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        match evaluate_expression(&inputs, "", &line) {
            Ok(value) => output::print(&format!("{}\n", display::console(&value)))?,
            Err(message) => {
                eprintln!("error: {message}");
                code = FINDINGS;
            }
        }
    }
    Ok(code)
}
