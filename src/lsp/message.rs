//! What travels in both directions, as JSON-RPC 2.0 has it.

use serde_json::{Value, json};

pub(super) const PARSE_ERROR: i64 = -32700;
pub(super) const INVALID_REQUEST: i64 = -32600;
pub(super) const METHOD_NOT_FOUND: i64 = -32601;
pub(super) const INVALID_PARAMS: i64 = -32602;
pub(super) const INTERNAL_ERROR: i64 = -32603;
pub(super) const NOT_INITIALIZED: i64 = -32002;
pub(super) const REQUEST_CANCELLED: i64 = -32800;
pub(super) const CONTENT_MODIFIED: i64 = -32801;
pub(super) const SERVER_CANCELLED: i64 = -32802;
pub(super) const REQUEST_FAILED: i64 = -32803;

/// A message of the client.
#[derive(Debug)]
pub(super) enum Message {
    Request { id: Value, method: String, params: Value },
    Notification { method: String, params: Value },
    Response { id: Value, result: Result<Value, Value> },
}

impl Message {
    /// The error is what to answer: the id if there is one, and why it is no message.
    pub fn read(value: Value) -> Result<Message, (Value, &'static str)> {
        let Value::Object(mut fields) = value else {
            return Err((Value::Null, "a message is a JSON object"));
        };
        let id = fields.remove("id");
        let params = fields.remove("params").unwrap_or(Value::Null);
        match (fields.remove("method"), id) {
            (Some(Value::String(method)), None) => Ok(Message::Notification { method, params }),
            (Some(Value::String(method)), Some(id)) if id.is_string() || id.is_number() => {
                Ok(Message::Request { id, method, params })
            }
            (Some(_), id) => {
                let id = id.filter(|id| id.is_string() || id.is_number()).unwrap_or_default();
                Err((id, "a method is a string, and the id of a request a string or a number"))
            }
            (None, Some(id)) => {
                let result = match fields.remove("error") {
                    Some(error) => Err(error),
                    None => Ok(fields.remove("result").unwrap_or_default()),
                };
                Ok(Message::Response { id, result })
            }
            (None, None) => Err((Value::Null, "a message has a method or an id")),
        }
    }
}

pub(super) fn request(id: &str, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

pub(super) fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

pub(super) fn answer(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

pub(super) fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

/// Nothing came of a request, which the client is to send again.
pub(super) fn again(id: &Value) -> Value {
    let error = json!({
        "code": SERVER_CANCELLED,
        "message": "the files have changed meanwhile",
        "data": { "retriggerRequest": true },
    });
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        let read = |value: Value| Message::read(value);
        assert!(matches!(read(json!({ "id": 1, "method": "m" })), Ok(Message::Request { .. })));
        assert!(matches!(read(json!({ "id": "a", "method": "m" })), Ok(Message::Request { .. })));
        assert!(matches!(read(json!({ "method": "m", "params": [] })), Ok(Message::Notification { .. })));
        assert!(matches!(read(json!({ "id": 1, "result": null })), Ok(Message::Response { .. })));
        for broken in [json!([]), json!({}), json!({ "id": null, "method": "m" }), json!({ "method": 3 })] {
            assert!(read(broken).is_err());
        }
        assert_eq!(read(json!({ "id": 7, "method": 3 })).unwrap_err().0, json!(7));
    }
}
