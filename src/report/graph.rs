//! The identity graph as a drawing: DOT, Mermaid or JSON.

use crate::identity::graph::{NodeKind, Parts};
use serde_json::json;
use std::fmt::{self, Write};
use std::str::FromStr;

/// How a graph is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphFormat {
    #[default]
    Dot,
    Mermaid,
    Json,
}

impl GraphFormat {
    pub const ALL: [GraphFormat; 3] = [GraphFormat::Dot, GraphFormat::Mermaid, GraphFormat::Json];

    pub fn name(self) -> &'static str {
        match self {
            GraphFormat::Dot => "dot",
            GraphFormat::Mermaid => "mermaid",
            GraphFormat::Json => "json",
        }
    }

    pub fn render(self, parts: &Parts) -> String {
        match self {
            GraphFormat::Dot => dot(parts),
            GraphFormat::Mermaid => mermaid(parts),
            GraphFormat::Json => json(parts),
        }
    }
}

impl fmt::Display for GraphFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for GraphFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = GraphFormat::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| format!("`{text}` is none of dot, mermaid, json"))
    }
}

fn shape(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Identity => "ellipse",
        NodeKind::Credential => "diamond",
        NodeKind::Grant => "note",
        NodeKind::Workload => "component",
        NodeKind::Place => "cylinder",
        NodeKind::External => "doubleoctagon",
        NodeKind::Owner => "house",
    }
}

fn dot(parts: &Parts) -> String {
    let mut out = String::from("digraph identities {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n");
    for (index, node) in parts.nodes.iter().enumerate() {
        let label = match node.place.as_str() {
            "" => node.address.clone(),
            place => format!("{}\n{place}", node.address),
        };
        let _ = writeln!(out, "  n{index} [shape={}, label={}];", shape(node.kind), dot_quoted(&label));
    }
    for (from, to, edge) in &parts.edges {
        let _ = writeln!(out, "  n{from} -> n{to} [label={}];", dot_quoted(edge.name()));
    }
    out.push_str("}\n");
    out
}

fn dot_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn mermaid(parts: &Parts) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, node) in parts.nodes.iter().enumerate() {
        let label = match node.place.as_str() {
            "" => node.address.clone(),
            place => format!("{}<br/>{place}", node.address),
        };
        let label = label.replace('"', "#quot;");
        let (open, close) = match node.kind {
            NodeKind::Identity => ("([", "])"),
            NodeKind::Credential => ("{{", "}}"),
            NodeKind::Grant => ("[/", "/]"),
            NodeKind::Workload => ("[[", "]]"),
            NodeKind::Place => ("[(", ")]"),
            NodeKind::External => ("(((", ")))"),
            NodeKind::Owner => ("[", "]"),
        };
        let _ = writeln!(out, "  n{index}{open}\"{label}\"{close}");
    }
    for (from, to, edge) in &parts.edges {
        let _ = writeln!(out, "  n{from} -->|{}| n{to}", edge.name());
    }
    out
}

fn json(parts: &Parts) -> String {
    let edges: Vec<_> =
        parts.edges.iter().map(|(from, to, edge)| json!({"from": from, "to": to, "kind": edge})).collect();
    let document = json!({
        "schema": "urn:keyward:graph-v1",
        "version": 1,
        "nodes": parts.nodes,
        "edges": edges,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
