//! Functions that read files: inside the scanned root only, and nothing that is not a plain file there.

use super::super::functions;
use super::super::value::{ListKind, Meta, Str, Value, Why};
use super::{Evaluator, Name, Scope};
use crate::diagnostic::GapKind;
use crate::source::{SourceFile, Span};
use crate::syntax::ast::Piece;
use std::sync::Arc;

/// What compiling a file pattern costs, see [`super::budget`].
const GLOB_WORK: u64 = 512;

impl Evaluator<'_> {
    /// `None` when `name` is no function of this kind.
    pub(super) fn file_function(
        &mut self,
        name: &str,
        args: &[Value],
        span: Span,
        scope: &Scope,
    ) -> Option<Value> {
        let wanted = match name {
            "file" | "filebase64" | "filemd5" | "filesha1" | "filesha256" | "filesha512"
            | "filebase64sha256" | "filebase64sha512" | "fileexists" => 1,
            "templatefile" | "fileset" | "templatestring" => 2,
            "abspath" => return Some(Value::derived(args).at(span)),
            "pathexpand" => return Some(args.first().cloned().unwrap_or_else(Value::null)),
            _ => return None,
        };
        if args.len() != wanted {
            return Some(self.error(span, format!("{name} takes {wanted} argument(s)")));
        }
        if name == "templatestring" {
            return Some(self.template_string(args, span, scope));
        }
        let Some(path) = args[0].as_str() else { return Some(Value::derived(args).at(span)) };
        Some(match name {
            "fileexists" => self.file_exists(path, span),
            "fileset" => self.file_set(path, &args[1], span),
            "templatefile" => self.template_file(path, &args[1], span, scope),
            "file" => match self.read(path, span) {
                Some(file) => file_value(&file).at(span),
                None => Value::unknown(Why::Derived).at(span),
            },
            _ => self.file_digest(name, path, span),
        })
    }

    /// Where `path` is below the scanned root; paths are relative to the root module.
    fn inside(&mut self, path: &str, span: Span) -> Option<String> {
        let from =
            if path.starts_with('/') || path.starts_with('~') { None } else { Some(self.root.as_str()) };
        let joined = from.and_then(|from| crate::eval::program::join(from, path));
        if joined.is_none() {
            let message = format!("`{path}` is outside of the scanned directory and was not read");
            self.gap(GapKind::OutsideRoot, span, message);
        }
        if let Some(path) = &joined {
            self.trail.now.reads.push((path.clone(), false));
        }
        joined
    }

    fn read(&mut self, path: &str, span: Span) -> Option<Arc<SourceFile>> {
        let inside = self.inside(path, span)?;
        self.trail.now.reads.push((inside.clone(), true));
        match self.inputs.sources.load(&inside) {
            Some(Ok(file)) => Some(file.clone()),
            Some(Err(message)) => {
                let message = message.to_string();
                self.gap(GapKind::MissingFile, span, message);
                None
            }
            None => {
                self.gap(GapKind::MissingFile, span, format!("`{path}` is not among the scanned files"));
                None
            }
        }
    }

    fn file_exists(&mut self, path: &str, span: Span) -> Value {
        let Some(inside) = self.inside(path, span) else { return Value::unknown(Why::Derived).at(span) };
        match self.inputs.sources.listed(&inside) {
            true => Value::bool(true),
            // It may be made by a build step, or be ignored by git.
            false => Value::unknown(Why::Derived),
        }
        .at(span)
    }

    fn file_set(&mut self, dir: &str, pattern: &Value, span: Span) -> Value {
        let (Some(inside), Some(pattern)) = (self.inside(dir, span), pattern.as_str()) else {
            return Value::derived([pattern]).at(span);
        };
        let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build();
        let Ok(glob) = glob.map(|glob| glob.compile_matcher()) else {
            return self.error(span, format!("`{pattern}` is not a file pattern"));
        };
        self.budget.spend(GLOB_WORK + self.inputs.sources.count() as u64 / 8);
        let prefix = if inside.is_empty() { String::new() } else { format!("{inside}/") };
        let below = self.inputs.sources.paths_below(&prefix).filter_map(|path| path.strip_prefix(&prefix));
        let mut names: Vec<_> = below.filter(|path| glob.is_match(path)).map(str::to_string).collect();
        names.sort();
        names.dedup();
        let items = names.into_iter().map(|name| Value::string(name).at(span)).collect();
        Value::list(ListKind::Set, items).at(span)
    }

    fn file_digest(&mut self, name: &str, path: &str, span: Span) -> Value {
        let Some(file) = self.read(path, span) else { return Value::unknown(Why::Derived).at(span) };
        if file.invalid_utf8.is_some() {
            // The text is not what is on disk, so neither would its digest be.
            return Value::unknown(Why::Derived).at(span);
        }
        let function = match name {
            "filebase64" => "base64encode",
            "filebase64sha256" => "base64sha256",
            "filebase64sha512" => "base64sha512",
            _ => &name[4..],
        };
        let text = Value::string(Str::new(file.text.clone()));
        functions::call(function, &[text])
            .map_or_else(|error| self.error(span, error.to_string()), |value| value.at(span))
    }

    fn template_file(&mut self, path: &str, vars: &Value, span: Span, scope: &Scope) -> Value {
        let Some(file) = self.read(path, span) else { return Value::derived([vars]).at(span) };
        let pieces = match self.templates.get(&file.id) {
            Some(pieces) => pieces.clone(),
            None => match crate::syntax::parse_template_text(&file.text, file.id, 0) {
                Ok(pieces) => {
                    let pieces = Arc::new(pieces);
                    self.templates.insert(file.id, pieces.clone());
                    pieces
                }
                Err(error) => {
                    self.gap(
                        GapKind::Syntax,
                        error.span,
                        format!("this template does not parse: {}", error.message),
                    );
                    return Value::derived([vars]).at(span);
                }
            },
        };
        if self.rendering.contains(&file.id) {
            return self.cycle(span, path);
        }
        self.rendering.push(file.id);
        let value = self.render(&pieces, vars, span, scope);
        self.rendering.pop();
        value
    }

    fn template_string(&mut self, args: &[Value], span: Span, scope: &Scope) -> Value {
        let Some(text) = args[0].as_str() else { return Value::derived(args).at(span) };
        self.budget.spend(text.len() as u64);
        match crate::syntax::parse_template_at(text, span) {
            Ok(pieces) => self.render(&pieces, &args[1], span, scope),
            Err(error) => self.error(span, error.message),
        }
    }

    fn render(&mut self, pieces: &[Piece], vars: &Value, span: Span, scope: &Scope) -> Value {
        let Some(entries) = vars.entries() else { return Value::derived([vars]).at(span) };
        let bindings: Vec<(Name, Value)> =
            entries.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut inner = Scope { bindings, isolated: true, ..scope.clone() };
        let value = self.template(pieces, &mut inner, span);
        let meta = Meta { sensitive: vars.meta.sensitive, ..Meta::default() };
        value.absorbing(&meta)
    }
}

/// The text of a file, each line knowing its bytes.
fn file_value(file: &SourceFile) -> Value {
    let whole = Span::new(file.id, 0, file.text.len());
    let skip = if file.text.starts_with('\u{feff}') { 3 } else { 0 };
    Value::string(Str::with_pieces(&file.text[skip..], vec![(0, whole.slice(skip, file.text.len()))]))
}
