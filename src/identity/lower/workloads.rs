use super::{Context, environment, subjects};
use crate::eval::ResourceMode;
use crate::identity::facts;
use crate::identity::model::{Model, Subject, Workload};

pub(super) fn lower(model: &mut Model, cx: &Context<'_>) {
    let mut found: Vec<Workload> = Vec::new();
    for resource in model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        for path in facts::runs_as(&resource.kind) {
            for (path, value) in resource.body.at_path(path) {
                for subject in subjects::of(model, &value, &resource.kind) {
                    // A document or setting that holds more than a role names one only by reference.
                    let vague = matches!(path.as_str(), "container_properties" | "setting.value");
                    if vague && !matches!(subject, Subject::Identity(_)) {
                        continue;
                    }
                    found.push(Workload {
                        resource: resource.id,
                        address: resource.address.clone(),
                        kind: resource.kind.to_string(),
                        runs_as: subject,
                        attribute: path.clone(),
                        span: value.meta.span.unwrap_or_else(|| resource.header()),
                        environment: environment(model, resource, cx),
                    });
                }
            }
        }
    }
    model.workloads = found;
}
