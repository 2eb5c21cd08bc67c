use keyward::{source, syntax};
fn main() {
    for root in std::env::args().skip(1) {
        let t = std::time::Instant::now();
        let found = source::discover(std::path::Path::new(&root)).unwrap();
        let t1 = t.elapsed();
        let (mut items, mut broken, mut bytes) = (0, 0, 0);
        for f in found.sources.iter() {
            let p = syntax::parse(f);
            items += p.items;
            broken += p.broken;
            bytes += f.text.len();
            for e in &p.errors {
                println!(
                    "{}: {} :: {:?}",
                    found.sources.locate(e.span),
                    e.message,
                    &found.sources.text(e.item).chars().take(100).collect::<String>()
                );
            }
        }
        println!(
            "{root}: {} files {} bytes {} items {} broken, read {:?} total {:?} gaps {}",
            found.sources.len(),
            bytes,
            items,
            broken,
            t1,
            t.elapsed(),
            found.gaps.len()
        );
        for g in found.gaps.iter().take(3) {
            println!("{g:?}");
        }
    }
}
