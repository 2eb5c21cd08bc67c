use std::fmt;

/// A pattern over resource addresses: `*` stands for any characters. What is not said is free: a pattern
/// without an index covers all instances, one that names a module covers all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressGlob(String);

impl AddressGlob {
    pub fn new(pattern: impl Into<String>) -> Self {
        AddressGlob(pattern.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn matches(&self, address: &str) -> bool {
        let covers = |address: &str| {
            let ends = address.match_indices(['.', '[']).map(|(at, _)| at).chain([address.len()]);
            ends.into_iter().any(|end| wildcard(self.0.as_bytes(), &address.as_bytes()[..end]))
        };
        covers(address) || (!self.0.contains('[') && covers(&without_indices(address)))
    }
}

impl fmt::Display for AddressGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// `module.app["eu"].x.y[0]` as `module.app.x.y`. A key may hold brackets inside its quotes.
fn without_indices(address: &str) -> String {
    let mut bare = String::with_capacity(address.len());
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if inside && !quoted => inside = false,
            _ if inside => {}
            _ => bare.push(c),
        }
    }
    bare
}

/// Linear-time match of `*` by remembering the last star only.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_said_is_free() {
        let hit = |pattern, address| AddressGlob::new(pattern).matches(address);
        assert!(hit("aws_iam_role.ci", "aws_iam_role.ci"));
        assert!(hit("aws_iam_role.ci", "aws_iam_role.ci[0]"));
        assert!(hit("aws_iam_role.ci", "aws_iam_role.ci[\"a]b\"]"));
        assert!(!hit("aws_iam_role.ci", "aws_iam_role.cicd"));
        assert!(hit("aws_iam_role.*", "aws_iam_role.cicd"));
        assert!(hit("module.app", "module.app[\"eu.west\"].aws_iam_role.ci"));
        assert!(hit("module.app.aws_iam_role.ci", "module.app[\"eu\"].aws_iam_role.ci[1]"));
        assert!(hit("module.app[\"eu\"].*", "module.app[\"eu\"].aws_iam_role.ci"));
        assert!(!hit("module.app[\"us\"].*", "module.app[\"eu\"].aws_iam_role.ci"));
        assert!(!hit("aws_iam_role.ci", "module.app.aws_iam_role.ci"));
        assert!(hit("*aws_iam_role.ci", "module.app.aws_iam_role.ci"));
        assert!(!hit("aws_iam_role.ci[1]", "aws_iam_role.ci[0]"));
    }

    proptest! {
        #[test]
        fn any_pattern_is_survived(pattern in "\\PC{0,20}", address in "\\PC{0,40}") {
            AddressGlob::new(pattern).matches(&address);
            prop_assert!(AddressGlob::new(address.clone()).matches(&address));
        }
    }
}
