//! Tables by resource type, looked up without going through all of their rows.

use std::collections::HashMap;

/// Rows by the types that they are for; `*` in a type stands for any text.
pub(super) struct ByType<R: 'static> {
    exact: HashMap<&'static str, Vec<&'static R>>,
    wide: Vec<(&'static str, &'static R)>,
}

impl<R> ByType<R> {
    pub fn new(rows: &'static [R], types: fn(&R) -> &'static str) -> Self {
        let mut table = ByType { exact: HashMap::new(), wide: Vec::new() };
        for row in rows {
            match types(row) {
                wide if wide.contains('*') => table.wide.push((wide, row)),
                exact => table.exact.entry(exact).or_default().push(row),
            }
        }
        table
    }

    /// The rows of a type, those first that are for it alone.
    pub fn of(&'static self, resource: &str) -> impl Iterator<Item = &'static R> {
        let exact = self.exact.get(resource).into_iter().flatten().copied();
        let wide = self.wide.iter().filter(move |(types, _)| glob(types, resource));
        exact.chain(wide.map(|(_, row)| *row))
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => match text.strip_prefix(head) {
            None => false,
            Some(rest) if tail.contains('*') => {
                (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| glob(tail, rest)))
            }
            Some(rest) => rest.ends_with(tail),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_the_type_alone_come_first() {
        static ROWS: [&str; 4] = ["a_*", "a_b", "*_c*", "b"];
        static TABLE: std::sync::LazyLock<ByType<&str>> =
            std::sync::LazyLock::new(|| ByType::new(&ROWS, |row| row));
        assert_eq!(TABLE.of("a_b").collect::<Vec<_>>(), [&"a_b", &"a_*"]);
        assert_eq!(TABLE.of("x_cd").collect::<Vec<_>>(), [&"*_c*"]);
        assert_eq!(TABLE.of("c").count(), 0);
    }
}
