//! Variables, locals and outputs: computed once, with the step recorded in the value's route.

use super::super::constraint::Constraint;
use super::super::program::{ModuleSource, VarFile};
use super::super::value::{Hop, HopKind, Kind, Str, Value, Why};
use super::trail::Missing;
use super::{CallSite, Evaluator, Name, Repetition, Scope, SlotState};
use crate::diagnostic::GapKind;
use crate::eval::ModuleId;
use crate::source::Span;
use crate::syntax::ast::{Attribute, Block, Expr, ExprKind, ObjectKey};
use std::sync::Arc;

impl Evaluator<'_> {
    pub(super) fn variable(&mut self, module: ModuleId, name: &str, span: Span) -> Value {
        let state = self.module_mut(module);
        let Some((block, slot)) = state.variables.get_mut(name) else {
            self.missed(module, Missing::Variable, name);
            return self.error(span, format!("variable `{name}` is not declared in this module"));
        };
        let (block, node) = (*block, slot.node);
        let state = slot.take();
        self.trail.read(node);
        let value = match state {
            SlotState::Done(value) => value,
            SlotState::Active => return self.cycle(span, &format!("var.{name}")),
            SlotState::Pending => self.compute(node, |this| this.compute_variable(module, name, block)),
        };
        if let Some((_, slot)) = self.module_mut(module).variables.get_mut(name) {
            slot.state = SlotState::Done(value.clone());
        }
        hop(value, HopKind::Variable, format!("var.{name}"), span)
    }

    fn compute_variable(&mut self, module: ModuleId, name: &str, index: usize) -> Value {
        let source = self.module(module).source.clone();
        let block = &source.body.blocks[index];
        let mut scope = Scope::of(module, Repetition::None);
        let kind = self.constraint(&source, index, &mut scope);
        let given = match self.module(module).call.clone() {
            Some(call) => self.argument(module, &call, name),
            None => self.root_variable(name, &kind),
        };
        let nullable = flag(block, "nullable").unwrap_or(true);
        let given = given.filter(|value| nullable || !value.is_null());
        let value = match given {
            Some(value) => value,
            None => match block.body.attribute("default") {
                Some(attribute) => self.expr(&attribute.expr, &mut scope),
                None => Value::unknown(Why::Variable(name.into())).at(block.header),
            },
        };
        let mut value = kind.apply(value);
        value.meta.sensitive |= flag(block, "sensitive") == Some(true);
        value
    }

    /// The type of a variable. One whose defaults are literals is the same for all instances of the module.
    fn constraint(&mut self, source: &Arc<ModuleSource>, index: usize, scope: &mut Scope) -> Arc<Constraint> {
        let at = (Arc::as_ptr(source), index);
        if let Some(known) = self.constraints.get(&at) {
            return known.clone();
        }
        let mut literal = true;
        let constraint = match source.body.blocks[index].body.attribute("type") {
            Some(attribute) => Constraint::parse(&attribute.expr, &mut |expr| {
                literal &= is_literal(expr);
                self.expr(expr, scope)
            }),
            None => Constraint::any(),
        };
        let constraint = Arc::new(constraint);
        if literal && !self.budget.is_exhausted() {
            self.constraints.insert(at, constraint.clone());
        }
        constraint
    }

    /// What the caller passes, evaluated where the caller stands.
    fn argument(&mut self, module: ModuleId, call: &CallSite, name: &str) -> Option<Value> {
        let parent = self.module(module).parent?;
        self.trail.read(call.node);
        let source = self.module(parent).source.clone();
        let attribute = source.body.blocks[call.block].body.attribute(name)?;
        let mut scope = Scope::of(parent, call.repetition.clone());
        let value = self.expr(&attribute.expr, &mut scope);
        let address = format!("{}.{name}", self.module(module).address);
        Some(hop(value, HopKind::Variable, address, attribute.name_span))
    }

    /// Later sources win: variable files by Terraform's order, then `-var-file`, then `-var`.
    fn root_variable(&mut self, name: &str, kind: &Constraint) -> Option<Value> {
        for (key, text) in self.inputs.vars.iter().rev() {
            if key == name {
                return Some(self.command_line_value(text, kind));
            }
        }
        let mut scope = Scope::root();
        let inputs = self.inputs;
        for attributes in inputs.var_files.iter().rev() {
            if let Some(attribute) = last(attributes, name) {
                return Some(self.var_file_value(attribute, &mut scope));
            }
        }
        let source = self.module(ModuleId(0)).source.clone();
        let found =
            source.auto_vars.iter().rev().find_map(|VarFile { attributes, .. }| last(attributes, name));
        found.map(|attribute| self.var_file_value(attribute, &mut scope))
    }

    fn var_file_value(&mut self, attribute: &Attribute, scope: &mut Scope) -> Value {
        scope.isolated = true;
        let value = self.expr(&attribute.expr, scope);
        hop(value, HopKind::VarFile, attribute.name.to_string(), attribute.name_span)
    }

    /// Text for primitive types, an expression for the others.
    fn command_line_value(&mut self, text: &str, kind: &Constraint) -> Value {
        if kind.takes_text() {
            return Value::string(Str::new(text));
        }
        match crate::syntax::parse_expression(text, crate::source::FileId(u32::MAX)) {
            Ok(expr) => {
                let mut scope = Scope::root();
                scope.isolated = true;
                let mut value = self.expr(&expr, &mut scope);
                forget_spans(&mut value);
                value
            }
            Err(_) => Value::string(Str::new(text)),
        }
    }

    pub(super) fn local(&mut self, module: ModuleId, name: &str, span: Span) -> Value {
        let state = self.module_mut(module);
        let Some((block, attribute, slot)) = state.locals.get_mut(name) else {
            self.missed(module, Missing::Local, name);
            return self.error(span, format!("local value `{name}` is not declared in this module"));
        };
        let (block, attribute, node) = (*block, *attribute, slot.node);
        let state = slot.take();
        self.trail.read(node);
        let value = match state {
            SlotState::Done(value) => value,
            SlotState::Active => return self.cycle(span, &format!("local.{name}")),
            SlotState::Pending => {
                let source = self.module(module).source.clone();
                let expr = &source.body.blocks[block].body.attributes[attribute].expr;
                self.compute(node, |this| this.expr(expr, &mut Scope::of(module, Repetition::None)))
            }
        };
        if let Some((_, _, slot)) = self.module_mut(module).locals.get_mut(name) {
            slot.state = SlotState::Done(value.clone());
        }
        hop(value, HopKind::Local, format!("local.{name}"), span)
    }

    pub(super) fn output(&mut self, module: ModuleId, name: &str, span: Span) -> Value {
        let address = self.module(module).address.clone();
        let state = self.module_mut(module);
        let Some((index, slot)) = state.outputs.get_mut(name) else {
            self.missed(module, Missing::Output, name);
            return self.error(span, format!("{address} has no output `{name}`"));
        };
        let (index, node) = (*index, slot.node);
        let state = slot.take();
        self.trail.read(node);
        let value = match state {
            SlotState::Done(value) => value,
            SlotState::Active => return self.cycle(span, &format!("{address}.{name}")),
            SlotState::Pending => self.compute(node, |this| this.compute_output(module, index)),
        };
        if let Some((_, slot)) = self.module_mut(module).outputs.get_mut(name) {
            slot.state = SlotState::Done(value.clone());
        }
        hop(value, HopKind::Output, format!("{address}.{name}"), span)
    }

    fn compute_output(&mut self, module: ModuleId, index: usize) -> Value {
        let source = self.module(module).source.clone();
        let block = &source.body.blocks[index];
        let mut scope = Scope::of(module, Repetition::None);
        let mut value = match block.body.attribute("value") {
            Some(attribute) => self.expr(&attribute.expr, &mut scope),
            None => Value::unknown(Why::Error).at(block.header),
        };
        value.meta.sensitive |= flag(block, "sensitive") == Some(true);
        value
    }

    pub(super) fn cycle(&mut self, span: Span, name: &str) -> Value {
        self.gap(GapKind::Cycle, span, format!("`{name}` refers to itself, directly or through others"));
        Value::unknown(Why::Cycle).at(span)
    }
}

/// A literal `true` or `false` of a block.
pub(super) fn flag(block: &Block, name: &str) -> Option<bool> {
    match block.body.attribute(name)?.expr.kind {
        ExprKind::Bool(value) => Some(value),
        _ => None,
    }
}

fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::List(items) => items.iter().all(is_literal),
        ExprKind::Object(entries) => {
            entries.iter().all(|(key, value)| matches!(key, ObjectKey::Word(..)) && is_literal(value))
        }
        _ => false,
    }
}

fn last<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().rev().find(|attribute| &*attribute.name == name)
}

fn hop(mut value: Value, kind: HopKind, name: impl Into<Name>, span: Span) -> Value {
    let previous = value.meta.route.take();
    value.meta.route = Some(Hop::after(previous, kind, name, span));
    value
}

/// Values typed on a command line are in no file.
fn forget_spans(value: &mut Value) {
    value.meta.span = None;
    match &mut value.kind {
        Kind::List(_, list) => {
            if let Some(list) = Arc::get_mut(list) {
                list.items.iter_mut().for_each(forget_spans);
            }
        }
        Kind::Map(_, map) => {
            if let Some(map) = Arc::get_mut(map) {
                map.entries.values_mut().for_each(forget_spans);
            }
        }
        _ => {}
    }
}
