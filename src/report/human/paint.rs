use super::HumanOptions;
use crate::diagnostic::Severity;
use miette::{GraphicalTheme, ThemeCharacters, ThemeStyles};

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Tone {
    Error,
    Warning,
    Advice,
    Good,
    Bold,
    Dim,
}

impl Tone {
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Tone::Error,
            Severity::Medium => Tone::Warning,
            Severity::Low | Severity::Info => Tone::Advice,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Tone::Error => "1;31",
            Tone::Warning => "1;33",
            Tone::Advice => "1;36",
            Tone::Good => "1;32",
            Tone::Bold => "1",
            Tone::Dim => "2",
        }
    }
}

/// The few characters that are not ASCII when the terminal allows it.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Glyphs {
    pub mask: char,
    pub ellipsis: &'static str,
    pub arrow: &'static str,
    pub dot: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Paint {
    color: bool,
    unicode: bool,
    pub glyphs: Glyphs,
}

impl Paint {
    pub fn new(options: &HumanOptions) -> Self {
        let glyphs = match options.unicode {
            true => Glyphs { mask: '•', ellipsis: "…", arrow: "→", dot: "·" },
            false => Glyphs { mask: '*', ellipsis: "...", arrow: "->", dot: "-" },
        };
        Paint { color: options.color, unicode: options.unicode, glyphs }
    }

    pub fn tone(&self, tone: Tone, text: &str) -> String {
        match self.color {
            true => format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code()),
            false => text.to_owned(),
        }
    }

    /// Theme for snippets whose marks, in order, are primary or not.
    pub fn theme(&self, severity: Severity, marks: &[bool]) -> GraphicalTheme {
        let characters = match self.unicode {
            true => ThemeCharacters::unicode(),
            false => ThemeCharacters::ascii(),
        };
        let mut styles = match self.color {
            true => ThemeStyles::ansi(),
            false => ThemeStyles::none(),
        };
        let primary = match Tone::of(severity) {
            Tone::Error => styles.error,
            Tone::Warning => styles.warning,
            _ => styles.advice,
        };
        let style = |is_primary: &bool| if *is_primary { primary } else { styles.help };
        let highlights: Vec<_> = marks.iter().map(style).collect();
        if !highlights.is_empty() {
            styles.highlights = highlights;
        }
        styles.link = styles.linum;
        GraphicalTheme { characters, styles }
    }
}
