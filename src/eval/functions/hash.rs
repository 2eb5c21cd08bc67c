use super::call::{Outcome, bad};
use super::string::text;
use crate::eval::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use std::fmt::Write;
use uuid::Uuid;

fn hex(bytes: impl AsRef<[u8]>) -> Value {
    let mut out = String::new();
    for byte in bytes.as_ref() {
        let _ = write!(out, "{byte:02x}");
    }
    Value::string(out)
}

fn base64(bytes: impl AsRef<[u8]>) -> Value {
    Value::string(STANDARD.encode(bytes))
}

pub(super) fn md5(args: &[Value]) -> Outcome {
    Ok(hex(Md5::digest(text(&args[0]))))
}

pub(super) fn sha1(args: &[Value]) -> Outcome {
    Ok(hex(Sha1::digest(text(&args[0]))))
}

pub(super) fn sha256(args: &[Value]) -> Outcome {
    Ok(hex(Sha256::digest(text(&args[0]))))
}

pub(super) fn sha512(args: &[Value]) -> Outcome {
    Ok(hex(Sha512::digest(text(&args[0]))))
}

pub(super) fn base64sha256(args: &[Value]) -> Outcome {
    Ok(base64(Sha256::digest(text(&args[0]))))
}

pub(super) fn base64sha512(args: &[Value]) -> Outcome {
    Ok(base64(Sha512::digest(text(&args[0]))))
}

pub(super) fn uuidv5(args: &[Value]) -> Outcome {
    let namespace = match text(&args[0]) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => match Uuid::parse_str(other) {
            Ok(uuid) => uuid,
            Err(_) => return bad(0, format!("uuidv5() doesn't support namespace \"{other}\"")),
        },
    };
    Ok(Value::string(Uuid::new_v5(&namespace, text(&args[1]).as_bytes()).to_string()))
}
