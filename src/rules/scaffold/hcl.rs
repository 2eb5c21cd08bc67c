//! Code that is shown and not written anywhere: blocks in the layout of `terraform fmt`.

use std::fmt::Write;

/// A block with what stands in it, in order.
#[derive(Debug)]
pub struct Block {
    head: String,
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Argument(String, String),
    Comment(String),
    Block(Block),
}

impl Block {
    /// `lifecycle`
    pub fn new(head: impl Into<String>) -> Self {
        Block { head: head.into(), items: Vec::new() }
    }

    /// `resource "kind" "name"`
    pub fn resource(kind: &str, name: &str) -> Self {
        Block::new(format!("resource \"{kind}\" \"{name}\""))
    }

    /// An argument with an expression.
    pub fn set(mut self, name: &str, expression: impl Into<String>) -> Self {
        self.items.push(Item::Argument(name.to_string(), expression.into()));
        self
    }

    /// An argument with a text, which may hold templates.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.set(name, format!("\"{text}\""))
    }

    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.items.push(Item::Comment(text.into()));
        self
    }

    pub fn block(mut self, block: Block) -> Self {
        self.items.push(Item::Block(block));
        self
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        let _ = writeln!(out, "{indent}{} {{", self.head);
        for (at, item) in self.items.iter().enumerate() {
            let after_other = at > 0;
            match item {
                Item::Argument(name, value) => {
                    let width = self.width(at);
                    let _ = writeln!(out, "{indent}  {name:width$} = {}", indented(value, depth + 1));
                }
                Item::Comment(text) => {
                    let _ = writeln!(out, "{indent}  # {text}");
                }
                Item::Block(block) => {
                    if after_other && !matches!(self.items[at - 1], Item::Comment(_)) {
                        out.push('\n');
                    }
                    block.write(out, depth + 1);
                }
            }
        }
        let _ = writeln!(out, "{indent}}}");
    }

    /// How wide the names are on the lines that are aligned with an argument.
    fn width(&self, at: usize) -> usize {
        let plain = |item: &Item| match item {
            Item::Argument(name, value) if !value.contains('\n') => Some(name.len()),
            _ => None,
        };
        let Some(own) = plain(&self.items[at]) else { return 0 };
        let before = self.items[..at].iter().rev().map_while(plain);
        let behind = self.items[at + 1..].iter().map_while(plain);
        before.chain(behind).fold(own, usize::max)
    }
}

fn indented(value: &str, depth: usize) -> String {
    value.replace('\n', &format!("\n{}", "  ".repeat(depth)))
}

/// Blocks with an empty line between them.
pub fn render(blocks: &[Block]) -> String {
    let mut out = String::new();
    for (at, block) in blocks.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        block.write(&mut out, 0);
    }
    out
}

/// The inside of a string literal that is this text.
pub fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    text.replace(['\n', '\r'], " ")
}

/// A word as it may stand for a name of a block.
pub fn label(text: &str) -> String {
    let word: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let word = word.trim_matches('_');
    match word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => word.to_string(),
        false => format!("_{word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_formatter() {
        let inner = Block::new("condition").text("test", "StringEquals").set("values", "[\"a\"]");
        let block = Block::resource("a", "b")
            .text("name", "x")
            .set("assume_role_policy", "null")
            .set("tags", "{\n  a = 1\n}")
            .block(inner);
        let expected = "resource \"a\" \"b\" {\n  name               = \"x\"\n  assume_role_policy = null\n  tags = {\n    a = 1\n  }\n\n  condition {\n    test   = \"StringEquals\"\n    values = [\"a\"]\n  }\n}\n";
        assert_eq!(render(&[block]), expected);
    }

    #[test]
    fn names_and_texts_of_others_stay_what_they_are() {
        assert_eq!(label("9 to 5/x-Y"), "_9_to_5_x_y");
        assert_eq!(escaped("a\"${b}\n"), "a\\\"$${b} ");
    }
}
