use keyward::{eval, source, syntax};
use rayon::prelude::*;
fn main() {
    for root in std::env::args().skip(1) {
        let t = std::time::Instant::now();
        let mut found = source::discover(std::path::Path::new(&root)).unwrap();
        let files: Vec<_> = found.sources.iter().cloned().collect();
        let parsed: Vec<_> = files.par_iter().map(|f| syntax::parse(f)).collect();
        let t1 = t.elapsed();
        let program = eval::Program::new(&found.sources, &parsed, &found.manifests, &mut found.gaps);
        let inputs = eval::Inputs { sources: &found.sources, program: &program, vars: &[], var_files: &[] };
        let projects: Vec<_> = program
            .roots()
            .par_iter()
            .map(|r| {
                let t = std::time::Instant::now();
                let p = eval::evaluate(&inputs, r);
                (p, t.elapsed())
            })
            .collect();
        let mut kinds = std::collections::BTreeMap::new();
        for (p, _) in &projects {
            for g in &p.gaps {
                *kinds.entry(g.kind.name()).or_insert(0) += 1;
            }
        }
        println!(
            "{root}: parse {t1:?} total {:?}; roots {} resources {} gaps {kinds:?}",
            t.elapsed(),
            projects.len(),
            projects.iter().map(|p| p.0.resources.len()).sum::<usize>()
        );
        let slow = projects.iter().max_by_key(|p| p.1).unwrap();
        println!("slowest {} {:?} {} resources", slow.0.dir, slow.1, slow.0.resources.len());
        let mut msgs = std::collections::BTreeMap::<String, (usize, String)>::new();
        for (p, _) in &projects {
            for g in &p.gaps {
                let e = msgs
                    .entry(format!("{} {}", g.kind.name(), g.message))
                    .or_insert((0, g.span.map(|s| found.sources.locate(s)).unwrap_or_default()));
                e.0 += 1;
            }
        }
        let mut m: Vec<_> = msgs.into_iter().collect();
        m.sort_by_key(|x| std::cmp::Reverse(x.1.0));
        for (k, v) in m.into_iter().take(25) {
            println!("  {} {} {}", v.0, k, v.1);
        }
    }
}
