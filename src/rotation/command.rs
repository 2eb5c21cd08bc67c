use super::program::Program;
use super::traits::{Doing, Failure, FailureKind, Held, Key, KeyId, Sink, at_hand};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;

/// A place that only a program of the user knows. It is called with one more argument, gets JSON on its input and
/// answers with JSON: `look` and `read` tell what is there, `put` makes a credential what consumers get.
#[derive(Debug)]
pub struct CommandSink {
    name: String,
    program: Program,
}

impl CommandSink {
    pub fn new(name: &str, words: Vec<String>, env: Vec<String>, timeout: Duration) -> Self {
        CommandSink { name: name.to_owned(), program: Program { words, env, timeout, answers: true } }
    }

    async fn ask(&self, what: &'static str, input: &Value, kind: FailureKind) -> Result<Value, Failure> {
        let input = Zeroizing::new(input.to_string());
        let failed = |why: String| Failure::new(kind, format!("{}: {why}", self.name));
        let output = self.program.run(Some(what), input).await.map_err(failed)?;
        if output.trim_ascii().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output).map_err(|_| failed(format!("the answer to `{what}` is not JSON")))
    }

    async fn current(&self) -> Result<Option<KeyId>, Failure> {
        let said = self.ask("look", &Value::Null, FailureKind::Later).await?;
        Ok(said["id"].as_str().map(|id| KeyId(id.to_owned())))
    }

    async fn value(&self, id: &KeyId) -> Result<Option<Key>, Failure> {
        let mut said = self.ask("read", &json!({ "id": id.0 }), FailureKind::Later).await?;
        let meant = said["id"].as_str() == Some(&id.0);
        match said["secret"].take() {
            Value::String(secret) if meant => {
                Ok(Some(Key { id: id.clone(), secret: SecretString::from(secret) }))
            }
            _ => Ok(None),
        }
    }

    async fn put(&self, key: &Key) -> Result<(), Failure> {
        if self.current().await?.as_ref() == Some(&key.id) {
            return Ok(());
        }
        let input = json!({ "id": key.id.0, "secret": key.secret.expose_secret() });
        self.ask("put", &input, FailureKind::Unclear).await.map(|_| ())
    }
}

impl Sink for CommandSink {
    fn name(&self) -> String {
        format!("command {}", self.name)
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async { Ok(Held { current: self.current().await?, ..Held::default() }) })
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move { self.put(at_hand(id, key)?).await })
    }

    fn revert<'a>(&'a self, _token: &'a str, to: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(async move {
            if self.current().await?.as_ref() == Some(to) {
                return Ok(());
            }
            let gone = || Failure::new(FailureKind::Never, format!("{} does not give {}", self.name, to.0));
            let key = self.value(to).await?.ok_or_else(gone)?;
            self.put(&key).await
        })
    }

    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(self.value(id))
    }
}
