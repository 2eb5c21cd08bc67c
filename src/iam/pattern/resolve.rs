use super::{Pattern, Piece};

/// What a policy variable stands for in one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled {
    /// This text. Wildcards in it are ordinary characters.
    Text(String),
    /// The request has no value for it, so that nothing is equal to or like it.
    Nothing,
    Unknown,
}

impl Pattern {
    /// The pattern with its policy variables filled in. None where one has no value and no default: nothing
    /// matches such a pattern.
    pub fn resolve(&self, mut value: impl FnMut(&str) -> Filled) -> Option<Pattern> {
        let mut builder = Pattern::builder(super::Syntax::Literal);
        for piece in &self.pieces {
            builder = match piece {
                Piece::Variable(text) => {
                    let (name, default) = name_and_default(text);
                    match (value(name), default) {
                        (Filled::Text(text), _) => builder.piece(Piece::Text(text.into())),
                        (Filled::Nothing, Some(default)) => builder.piece(Piece::Text(default.into())),
                        (Filled::Nothing, None) => return None,
                        (Filled::Unknown, _) => builder.hole(),
                    }
                }
                other => builder.piece(other.clone()),
            };
        }
        Some(builder.build())
    }
}

/// Takes `aws:PrincipalTag/team, 'none'` apart.
fn name_and_default(text: &str) -> (&str, Option<&str>) {
    let Some((name, rest)) = text.split_once(',') else { return (text.trim(), None) };
    let quoted = rest.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    (name.trim(), quoted)
}
