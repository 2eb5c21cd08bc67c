//! Computes everything that was not asked for yet, and hands the result over.

use super::lifecycle::lifecycle;
use super::modules::plain_names;
use super::names::flag;
use super::{BodyState, Evaluator, Name, Repetition, ResourceModeKey, Scope};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{
    BlockValue, Memo, ModuleCall, ModuleId, ModuleInstance, Output, Project, Provider, Resource, Resources,
    Variable,
};
use crate::syntax::ast::{Block, Expr, ExprKind};
use indexmap::IndexMap;
use std::sync::Arc;

impl Evaluator<'_> {
    /// Every module instance. Afterwards every resource has its number.
    pub(super) fn complete_modules(&mut self) -> Vec<Arc<ModuleInstance>> {
        let mut modules = Vec::new();
        // Instances appear while earlier ones are completed.
        let mut next = 0;
        while next < self.modules.len() {
            let id = ModuleId(next as u32);
            let whole = match &self.module(id).whole {
                Some(whole) => whole.clone(),
                None => {
                    let node = self.module(id).node;
                    Arc::new(self.compute(node, |this| this.complete_module(id)))
                }
            };
            self.module_mut(id).whole = Some(whole.clone());
            modules.push(whole);
            next += 1;
        }
        modules
    }

    pub(super) fn complete_resources(&mut self) -> Resources {
        let mut resources = Vec::new();
        for index in 0..self.resources.len() {
            let whole = match &self.resources[index].whole {
                Some(whole) => whole.clone(),
                None => Arc::new(self.complete_resource(ResourceId(index as u32))),
            };
            self.resources[index].whole = Some(whole.clone());
            resources.push(whole);
        }
        Resources(resources)
    }

    pub(super) fn finish(mut self) -> Project {
        let modules = self.complete_modules();
        self.project(modules)
    }

    /// All of it, once every resource has its number.
    pub(super) fn project(&mut self, modules: Vec<Arc<ModuleInstance>>) -> Project {
        let resources = self.complete_resources();
        let (mut gaps, reads) = self.trail.everything();
        gaps.sort();
        gaps.dedup();
        Project { dir: self.root.clone(), modules, resources, gaps, reads, work: self.budget.work() }
    }

    fn complete_module(&mut self, id: ModuleId) -> ModuleInstance {
        let source = self.module(id).source.clone();
        let calls: Vec<_> = self.module(id).calls.keys().cloned().collect();
        let calls = calls.iter().map(|name| self.complete_call(id, name)).collect();
        let families: Vec<_> =
            self.module(id).families.iter().map(|(key, family)| (key.clone(), family.block)).collect();
        for (key, block) in families {
            let span = source.body.blocks[block].header;
            for (_, resource) in self.family(id, &key, span).iter().flat_map(|all| all.iter()) {
                self.resource_body(*resource);
            }
        }
        let locals: Vec<_> =
            self.module(id).locals.iter().map(|(name, slot)| (name.clone(), slot.0, slot.1)).collect();
        let locals = locals.into_iter().map(|(name, block, at)| {
            let span = source.body.blocks[block].body.attributes[at].name_span;
            let mut value = self.local(id, &name, span);
            value.meta.route = value.meta.route.and_then(|hop| hop.previous.clone());
            (name, value)
        });
        let locals: IndexMap<Name, Value> = locals.collect();
        let variables = self.complete_variables(id);
        let outputs: Vec<_> =
            self.module(id).outputs.iter().map(|(name, slot)| (name.clone(), slot.0)).collect();
        let outputs = outputs.into_iter().map(|(name, index)| {
            let block = &source.body.blocks[index];
            let mut value = self.output(id, &name, block.header);
            // The last step is that of asking for it here.
            value.meta.route = value.meta.route.and_then(|hop| hop.previous.clone());
            let sensitive = flag(block, "sensitive") == Some(true);
            let ephemeral = flag(block, "ephemeral") == Some(true);
            let expr_span =
                block.body.attribute("value").map_or(block.header, |attribute| attribute.expr.span);
            (name, Output { value, sensitive, ephemeral, header: block.header, expr_span })
        });
        let outputs: IndexMap<Name, Output> = outputs.collect();
        let providers: Vec<_> = self.module(id).providers.clone();
        let providers = providers.into_iter().map(|(name, alias, index)| {
            let body = self.root_block(id, &source.body.blocks[index], &["alias", "version"]);
            Provider { name, alias, body }
        });
        let providers = providers.collect();
        let settings: Vec<_> =
            source.body.blocks("terraform").map(|block| self.settings(id, block)).collect();
        let state = self.module(id);
        ModuleInstance {
            id,
            address: state.address.clone(),
            dir: source.dir.clone(),
            parent: state.parent,
            variables,
            locals,
            outputs,
            providers,
            settings,
            calls,
            memo: self.trail.records.then(Memo::default),
        }
    }

    fn complete_variables(&mut self, id: ModuleId) -> IndexMap<Name, Variable> {
        let source = self.module(id).source.clone();
        let names: Vec<_> =
            self.module(id).variables.iter().map(|(name, slot)| (name.clone(), slot.0)).collect();
        let variables = names.into_iter().map(|(name, index)| {
            let block = &source.body.blocks[index];
            let mut value = self.variable(id, &name, block.header);
            value.meta.route = value.meta.route.and_then(|hop| hop.previous.clone());
            let mut scope = Scope::of(id, Repetition::None);
            let default =
                block.body.attribute("default").map(|attribute| self.expr(&attribute.expr, &mut scope));
            let description = match block.body.attribute("description").map(|attribute| &attribute.expr.kind)
            {
                Some(ExprKind::String(text)) => Some(text.to_string()),
                _ => None,
            };
            let variable = Variable {
                value,
                default,
                sensitive: flag(block, "sensitive") == Some(true),
                ephemeral: flag(block, "ephemeral") == Some(true),
                description,
                header: block.header,
            };
            (name, variable)
        });
        variables.collect()
    }

    fn complete_call(&mut self, id: ModuleId, name: &Name) -> ModuleCall {
        let source = self.module(id).source.clone();
        let index = self.module(id).calls[name].block;
        let block = &source.body.blocks[index];
        let instances = self.call_instances(id, name, block.header);
        let resolved = instances.is_some();
        let is_uncertain =
            |id: &ModuleId| self.module(*id).call.as_ref().is_some_and(|call| !call.is_certain);
        let uncertain = instances.iter().flat_map(|all| all.iter().map(|(_, id)| *id)).filter(is_uncertain);
        let uncertain: Vec<ModuleId> = uncertain.collect();
        // Arguments of a module that is here are evaluated by its variables.
        let body = match resolved {
            true => {
                BlockValue { span: Some(block.span), header: Some(block.header), ..BlockValue::default() }
            }
            false => self.unresolved_call(id, block),
        };
        let address = match self.module(id).address.as_str() {
            "" => format!("module.{name}"),
            parent => format!("{parent}.module.{name}"),
        };
        let source = match block.body.attribute("source").map(|attribute| &attribute.expr.kind) {
            Some(ExprKind::String(text)) => Some(text.to_string()),
            _ => None,
        };
        ModuleCall { address, source, body, resolved, uncertain }
    }

    fn unresolved_call(&mut self, id: ModuleId, block: &Block) -> BlockValue {
        let mut scope = Scope::of(id, Repetition::None);
        // Of several instances the first shows what is passed; of none there is nothing to show.
        let Some(first) = self.expand(block, &mut scope).into_iter().next() else {
            return BlockValue {
                span: Some(block.span),
                header: Some(block.header),
                ..BlockValue::default()
            };
        };
        scope.repetition = first.repetition;
        let skip = ["source", "version", "providers", "count", "for_each", "depends_on"];
        let mut body = self.body(&block.body, &skip, &mut scope);
        body.span = Some(block.span);
        body.header = Some(block.header);
        body
    }

    fn root_block(&mut self, id: ModuleId, block: &Block, skip: &[&str]) -> BlockValue {
        let mut scope = Scope::of(id, Repetition::None);
        let mut body = self.body(&block.body, skip, &mut scope);
        body.span = Some(block.span);
        body.header = Some(block.header);
        body
    }

    /// `terraform` blocks hold constants, except for `configuration_aliases`, which names providers.
    fn settings(&mut self, id: ModuleId, block: &Block) -> BlockValue {
        let mut plain = block.clone();
        let mut body = (*block.body).clone();
        body.blocks.retain(|inner| &*inner.kind != "required_providers");
        plain.body = Arc::new(body);
        let mut value = self.root_block(id, &plain, &[]);
        for inner in &mut value.blocks {
            if &*inner.0 == "backend"
                && let Some(kind) =
                    block.body.blocks("backend").next().and_then(|backend| backend.labels.first())
            {
                inner.1.header = Some(kind.span);
            }
        }
        for providers in block.body.blocks("required_providers") {
            let mut constraints = BlockValue::default();
            for attribute in &providers.body.attributes {
                let stripped = without_aliases(&attribute.expr);
                let mut scope = Scope::of(id, Repetition::None);
                let attr = crate::eval::Attr {
                    value: self.expr(&stripped, &mut scope),
                    name_span: attribute.name_span,
                    span: attribute.span,
                    expr_span: attribute.expr.span,
                };
                constraints.attributes.insert(attribute.name.clone(), attr);
            }
            value.blocks.push(("required_providers".into(), constraints));
        }
        value
    }

    fn complete_resource(&mut self, id: ResourceId) -> Resource {
        self.resource_body(id);
        let state = self.resource(id);
        let module = self.module(state.module);
        let block = &module.source.body.blocks[state.block];
        let kind = block.labels[0].text.clone();
        let name = block.labels[1].text.clone();
        let prefix = match ResourceModeKey::of(&block.kind) {
            ResourceModeKey::Managed => "",
            ResourceModeKey::Data => "data.",
            ResourceModeKey::Ephemeral => "ephemeral.",
        };
        let local = format!("{prefix}{kind}.{name}{}", state.key.suffix());
        let address = if module.address.is_empty() { local } else { format!("{}.{local}", module.address) };
        let body = match &state.body {
            BodyState::Done(body) => (**body).clone(),
            _ => BlockValue { span: Some(block.span), header: Some(block.header), ..BlockValue::default() },
        };
        let provider = self.provider_of(state.module, block, &kind);
        let (mode, key, module, is_certain) = (state.mode, state.key.clone(), state.module, state.is_certain);
        let lifecycle = lifecycle(block);
        Resource {
            id,
            address,
            mode,
            kind,
            name,
            key,
            is_certain,
            module,
            body,
            computed: Default::default(),
            memo: self.trail.records.then(Memo::default),
            provider,
            lifecycle,
        }
    }

    /// The provider configuration of a resource, followed up through `providers` maps of module calls.
    fn provider_of(&self, module: ModuleId, block: &Block, kind: &str) -> Option<(ModuleId, usize)> {
        let explicit = block.body.attribute("provider").and_then(|attribute| provider_names(&attribute.expr));
        let (mut name, mut alias) = explicit.unwrap_or_else(|| {
            let prefix = kind.split('_').next().unwrap_or(kind);
            (prefix.into(), None)
        });
        let mut at = module;
        loop {
            let state = self.module(at);
            let found = state.providers.iter().position(|(n, a, _)| *n == name && *a == alias);
            if let Some(index) = found {
                return Some((at, index));
            }
            let (parent, call) = (state.parent?, state.call.as_ref()?);
            let block = &self.module(parent).source.body.blocks[call.block];
            let passed = block.body.attribute("providers").and_then(|attribute| match &attribute.expr.kind {
                ExprKind::Object(entries) => {
                    let wanted = match &alias {
                        Some(alias) => format!("{name}.{alias}"),
                        None => name.to_string(),
                    };
                    entries
                        .iter()
                        .find(|(key, _)| object_key(key) == Some(wanted.clone()))
                        .map(|(_, value)| value)
                }
                _ => None,
            });
            match passed.and_then(provider_names) {
                Some((passed_name, passed_alias)) => (name, alias) = (passed_name, passed_alias),
                // Only default configurations are inherited.
                None if alias.is_some() => return None,
                None => {}
            }
            at = parent;
        }
    }
}

fn provider_names(expr: &Expr) -> Option<(Name, Option<Name>)> {
    match &expr.kind {
        ExprKind::Variable(name) => Some((name.clone(), None)),
        ExprKind::Traversal(root, steps) => {
            let ExprKind::Variable(name) = &root.kind else { return None };
            Some((name.clone(), plain_names(steps).into_iter().next()))
        }
        // Before Terraform 0.12 references were strings.
        ExprKind::String(text) => {
            let (name, alias) =
                text.split_once('.').map_or((&**text, None), |(name, alias)| (name, Some(alias)));
            Some((name.into(), alias.map(Name::from)))
        }
        _ => None,
    }
}

fn object_key(key: &crate::syntax::ast::ObjectKey) -> Option<String> {
    match key {
        crate::syntax::ast::ObjectKey::Word(name, _) => Some(name.to_string()),
        crate::syntax::ast::ObjectKey::Expr(expr) => Some(expr.dotted()?.join(".")),
    }
}

fn without_aliases(expr: &Expr) -> Expr {
    match &expr.kind {
        ExprKind::Object(entries) => {
            let kept =
                entries.iter().filter(|(key, _)| object_key(key).as_deref() != Some("configuration_aliases"));
            Expr::new(ExprKind::Object(kept.cloned().collect()), expr.span)
        }
        _ => expr.clone(),
    }
}
