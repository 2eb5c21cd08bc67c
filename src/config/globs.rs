use super::error::Sink;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use toml::Spanned;

/// Globs over paths relative to the scanned root. A glob that names a directory covers what is below it.
#[derive(Clone, Debug, Default)]
pub struct PathGlobs {
    pub patterns: Vec<Spanned<String>>,
    set: GlobSet,
}

impl PathGlobs {
    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    pub(super) fn read(patterns: Vec<Spanned<String>>, sink: &Sink) -> Self {
        let mut builder = GlobSetBuilder::new();
        for pattern in &patterns {
            let text = pattern.get_ref().trim_start_matches("./").trim_end_matches('/');
            let below = format!("{text}/**");
            for glob in [text, &below] {
                match GlobBuilder::new(glob).literal_separator(true).build() {
                    Ok(glob) => {
                        builder.add(glob);
                    }
                    Err(error) => {
                        sink.error(pattern.span(), format!("not a glob: {}", error.kind()));
                        break;
                    }
                }
            }
        }
        match builder.build() {
            Ok(set) => PathGlobs { patterns, set },
            Err(error) => {
                let span = patterns.first().map_or(0..0, Spanned::span);
                sink.error(span, format!("these globs are too large together: {}", error.kind()));
                PathGlobs::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_cover_what_is_below_them() {
        let spanned = |text: &str| Spanned::new(0..0, text.to_owned());
        let globs = PathGlobs::read(vec![spanned("**/examples/**"), spanned("./legacy/")], &Sink::default());
        assert!(globs.matches("examples/main.tf"));
        assert!(globs.matches("modules/a/examples/x/main.tf"));
        assert!(globs.matches("legacy/main.tf"));
        assert!(!globs.matches("new/legacy/main.tf"));
        assert!(!globs.matches("example/main.tf"));
    }
}
