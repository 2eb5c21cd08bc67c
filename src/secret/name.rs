//! Names that say what they hold. The last word decides: `client_secret` holds a secret, `secret_name` a name.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameKind {
    /// A key or token: issued by a machine, so its value looks random.
    Secret,
    /// A password: chosen by a person, so its value may look like anything.
    Password,
    /// A string that may hold a password among other settings.
    Connection,
}

/// Whether a value under this name would be a secret.
pub fn is_secret_name(name: &str) -> bool {
    kind(name).is_some()
}

/// Words behind the head that leave its meaning as it is.
const QUALIFIERS: &[&str] = &[
    "value",
    "string",
    "text",
    "plain",
    "plaintext",
    "base64",
    "b64",
    "encoded",
    "raw",
    "data",
    "default",
    "current",
    "previous",
    "old",
    "new",
    "prod",
    "production",
    "dev",
    "staging",
    "stage",
    "live",
    "primary",
    "secondary",
    "wo",
    "json",
    "pem",
    "1",
    "2",
    "3",
    "v1",
    "v2",
];

/// Leading words that make it a switch or an action.
const SWITCHES: &[&str] = &[
    "enable",
    "enabled",
    "disable",
    "require",
    "requires",
    "manage",
    "reset",
    "allow",
    "allows",
    "use",
    "uses",
    "has",
    "is",
    "get",
    "generate",
    "create",
    "rotate",
    "skip",
    "no",
    "force",
    "store",
    "send",
    "show",
    "hide",
    "ignore",
    "forgot",
    "change",
    "update",
    "put",
    "delete",
    "list",
    "describe",
    "with",
    "without",
    "random",
    "block",
    "need",
    "needs",
    "should",
    "existing",
    "max",
    "min",
    "next",
    "page",
    "continuation",
    "http",
];

const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "pwd", "passwort", "passcode"];

/// One word that ends in a secret, as in `PGPASSWORD` or `dbpassword`.
const COMPOUNDS: &[(&str, NameKind)] = &[
    ("password", NameKind::Password),
    ("passwd", NameKind::Password),
    ("passphrase", NameKind::Password),
    ("apikey", NameKind::Secret),
    ("secretkey", NameKind::Secret),
    ("accesskey", NameKind::Secret),
    ("privatekey", NameKind::Secret),
    ("authtoken", NameKind::Secret),
    ("accesstoken", NameKind::Secret),
    ("clientsecret", NameKind::Secret),
    ("connectionstring", NameKind::Connection),
];

/// What must stand before `key` to make it a secret one.
const KEY_OF: &[&str] = &[
    "api",
    "private",
    "access",
    "secret",
    "encryption",
    "signing",
    "shared",
    "account",
    "auth",
    "master",
    "session",
    "app",
    "application",
    "admin",
    "function",
    "subscription",
    "preshared",
    "hmac",
    "crypt",
    "cipher",
    "license",
    "deploy",
    "integration",
    "ingest",
    "write",
];

/// What before `token` makes it a place in a list, or before `secret` an object that is called one.
const TOKEN_NOT: &[&str] =
    &["next", "page", "start", "stop", "metadata", "csrf", "id", "pagination", "tf", "cdn"];
const SECRET_NOT: &[&str] = &["existing", "pull", "kubernetes", "k8s", "tls", "image", "external", "sealed"];

pub(super) fn kind(name: &str) -> Option<NameKind> {
    if name.len() > 128 {
        return None;
    }
    let mut parts = name.rsplit(['.', '/', '[', ':']).filter(|part| !part.is_empty());
    let last = parts.next()?;
    // In `datadog.api.key` the dot only separates words.
    let joined =
        last.eq_ignore_ascii_case("key").then(|| parts.next().map(|before| format!("{before}_{last}")));
    let last = joined.flatten().unwrap_or_else(|| last.to_owned());
    let words = words(&last);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.first().is_some_and(|first| words.len() > 1 && SWITCHES.contains(first)) {
        return None;
    }
    // `ssm_path_password` says where the password is kept.
    if words.iter().any(|word| ["ssm", "path", "policy", "parameter"].contains(word)) {
        return None;
    }
    let all = words.len();
    while words.len() > 1 && words.last().is_some_and(|word| QUALIFIERS.contains(word)) {
        words.pop();
    }
    let qualified = words.len() < all;
    let (head, before) = words.split_last()?;
    head_kind(head, before, qualified)
}

fn head_kind(head: &str, before: &[&str], qualified: bool) -> Option<NameKind> {
    let previous = before.last().copied().unwrap_or_default();
    match head {
        _ if PASSWORDS.contains(&head) => Some(NameKind::Password),
        "pass" => (!before.is_empty() && !["proxy", "fastcgi", "by", "ssl"].contains(&previous))
            .then_some(NameKind::Password),
        // `secret_string` is the body of a stored secret, `secret_data` that of another cloud.
        "secret" if qualified && before.is_empty() => Some(NameKind::Password),
        "secret" => (!SECRET_NOT.contains(&previous)).then_some(NameKind::Secret),
        "token" => (!TOKEN_NOT.contains(&previous)).then_some(NameKind::Secret),
        "key" => (KEY_OF.contains(&previous)).then_some(NameKind::Secret),
        "base" => (before.ends_with(&["secret", "key"])).then_some(NameKind::Secret),
        "pat" | "psk" | "credential" | "credentials" | "creds" | "apitoken" => Some(NameKind::Secret),
        "connection" if qualified => Some(NameKind::Connection),
        _ => COMPOUNDS.iter().find(|(tail, _)| head.ends_with(tail)).map(|(_, kind)| *kind),
    }
}

/// The words of `snake_case`, `kebab-case`, `camelCase` and `SCREAMING_CASE`, in lower case.
pub fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let starts_hump = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || (before.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase)));
        if (!letter.is_ascii_alphanumeric() || starts_hump) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
