//! Text that stands where a secret will be: words such as CHANGEME, references, repeated characters, and the
//! keys that vendors print in their documentation.

use super::blob::contains_ignore_case;
use super::mask::digest_hex;

/// The whole value, with everything but letters and digits taken out.
const WHOLE: &[&str] = &[
    "changeme",
    "changeit",
    "changethis",
    "example",
    "dummy",
    "test",
    "testing",
    "todo",
    "tbd",
    "tba",
    "fixme",
    "placeholder",
    "redacted",
    "fake",
    "sample",
    "none",
    "null",
    "nil",
    "na",
    "empty",
    "unset",
    "undefined",
    "unknown",
    "default",
    "foo",
    "bar",
    "foobar",
    "baz",
    "string",
    "value",
    "true",
    "false",
    "yes",
    "no",
    "notset",
    "notused",
    "unused",
    "notapplicable",
    "ignored",
    "ignoreme",
    "set",
    "required",
    "optional",
    "enabled",
    "disabled",
    "mock",
    "stub",
    "temp",
    "tmp",
    "hidden",
    "masked",
    "sensitive",
    "update",
    "replace",
    "mysecret",
    "somesecret",
    "secretvalue",
    "yourpasswordhere",
    "bogus",
    "blank",
    "initial",
    "invalid",
    "any",
    "auto",
    "generated",
    "manual",
    "external",
    "never",
    "always",
];

/// Anywhere in the value: no issuer's alphabet spells them by chance.
const ANYWHERE: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "changeit",
    "example",
    "placeholder",
    "redacted",
    "replaceme",
    "replace-me",
    "replace_me",
    "replace me",
    "replace-with",
    "replace_with",
    "replacewith",
    "updateme",
    "update-me",
    "update_me",
    "insert-",
    "insert_",
    "not-a-real",
    "notareal",
    "not_a_real",
    "not-set",
    "not_set",
    "dummy",
    "xxxx",
    "****",
    "goes-here",
    "goes_here",
    "goeshere",
    "goes here",
    "your-",
    "your_",
    "<your",
    "set-me",
    "set_me",
    "fill-me",
    "fill_me",
    "to-be-",
    "to_be_",
    "will-be-",
    "will_be_",
    "managed-by",
    "managed by",
    "overridden",
    "override",
    "lorem",
    "ignore_me",
    "ignore-me",
    "deadbeefdeadbeef",
    "do-not-use",
    "do_not_use",
];

/// As one of the words of the value.
const WORDS: &[&str] =
    &["fake", "todo", "fixme", "sample", "mock", "mocked", "tbd", "changeme", "your", "stub"];

/// Values with one of these heads are looked up somewhere else.
const REFERENCES: &[&str] = &[
    "data.",
    "var.",
    "local.",
    "module.",
    "each.",
    "random_password.",
    "ephemeral.",
    "self.",
    "path.",
    "!ref",
    "!sub",
    "!getatt",
    "enc[",
    "vault:",
    "ref+",
    "op://",
    "{cipher}",
    "secretref:",
    "{{",
    "env:",
    "file:",
    "ssm:",
    "resolve:",
    "valuefrom",
    "@microsoft.keyvault",
    "process.env",
    "os.environ",
    "aqica",
    "$ansible",
];

/// SHA-256 of keys that are printed in public documentation: the Azurite storage emulator and the Cosmos DB
/// emulator (learn.microsoft.com). The keys themselves would set off every other scanner here.
const PUBLISHED: &[&str] = &[
    "0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059",
    "aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615",
];

/// Whether the text is plainly not a secret but the place for one.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'', '`']).trim();
    let letters: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    letters.is_empty()
        || WHOLE.contains(&letters.as_str())
        || is_reference(text)
        || ANYWHERE.iter().any(|word| contains_ignore_case(text, word))
        || has_word(text)
        || is_elided(text)
        || is_repeated(text, &letters)
        || is_sequence(&letters)
        || (text.len() == 88 && PUBLISHED.contains(&digest_hex(text).as_str()))
}

/// Whether something else fills the value in: an interpolation, a template, a variable of the shell.
pub(super) fn is_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let wrapped = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
    wrapped("<", ">")
        || wrapped("[", "]")
        || wrapped("%", "%")
        || wrapped("__", "__")
        || wrapped("@", "@")
        || wrapped("#{", "}")
        || text.contains("${")
        || text.contains("$(")
        || text.contains("$${")
        || text.contains("{{")
        || text.contains("%{")
        || text.contains("<%")
        || is_shell_variable(bytes)
        || REFERENCES.iter().any(|head| starts_ignore_case(text, head))
}

/// `$NAME` or `$1`, but not a crypt hash such as `$2b$10$…`.
fn is_shell_variable(bytes: &[u8]) -> bool {
    let [b'$', rest @ ..] = bytes else { return false };
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    rest.get(name) != Some(&b'$') || name == 0
}

fn starts_ignore_case(text: &str, head: &str) -> bool {
    text.as_bytes().get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head.as_bytes()))
}

fn has_word(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Text with its middle left out, as in `AKIA...` or `ghp_…`.
fn is_elided(text: &str) -> bool {
    text.contains("...") || text.contains('…') || text.contains("***")
}

fn is_repeated(text: &str, letters: &str) -> bool {
    let mut seen = [false; 128];
    letters.bytes().for_each(|byte| seen[usize::from(byte & 127)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    distinct <= 1 || (distinct <= 2 && letters.len() >= 6) || (distinct <= 4 && letters.len() >= 20) || {
        let bytes = text.as_bytes();
        bytes.windows(10).any(|window| window.iter().all(|byte| *byte == window[0]))
    }
}

/// `1234567890`, `abcdefgh`: a run of neighbours that is long, or is most of the value.
fn is_sequence(letters: &str) -> bool {
    let bytes = letters.as_bytes();
    let (mut longest, mut run) = (1, 1);
    for pair in bytes.windows(2) {
        let next = pair[1] == pair[0] + 1 || (pair[0] == b'9' && pair[1] == b'0');
        run = if next { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest >= 9 || (longest >= 5 && longest * 10 >= bytes.len() * 6)
}
