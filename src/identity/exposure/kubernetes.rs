//! Kubernetes: workloads behind services, ingresses and charts. Rows: k8s-load-balancer, k8s-ingress,
//! helm-chart. Source: Kubernetes documentation, "Service" and "Ingress"; AWS Load Balancer Controller,
//! "Ingress annotations"; Google Kubernetes Engine and AKS documentation on internal load balancers.

use super::index::{at, is, is_everywhere};
use super::{Finder, Label, Reach, Way};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;
use crate::identity::facts::account_annotation;
use crate::identity::model::Subject;
use std::collections::HashMap;

const SERVICES: [&str; 2] = ["kubernetes_service", "kubernetes_service_v1"];
const INGRESSES: [&str; 2] = ["kubernetes_ingress", "kubernetes_ingress_v1"];
const WORKLOADS: [&str; 8] = [
    "kubernetes_deployment",
    "kubernetes_deployment_v1",
    "kubernetes_stateful_set",
    "kubernetes_stateful_set_v1",
    "kubernetes_daemonset",
    "kubernetes_daemon_set_v1",
    "kubernetes_pod",
    "kubernetes_pod_v1",
];

pub(super) fn find(finder: &mut Finder<'_, '_>) {
    let index = finder.index;
    let labels = Labels::new(finder);
    for service in index.all(&SERVICES) {
        load_balancer(finder, &labels, service);
    }
    let services = Services::new(finder);
    for ingress in index.all(&INGRESSES) {
        for (span, service) in services.behind(finder, ingress) {
            ingress_to(finder, &labels, ingress, span, service);
        }
    }
    for chart in index.all(&["helm_release"]) {
        helm_chart(finder, chart);
    }
}

fn metadata(resource: &Resource) -> BlockValue {
    resource.body.block("metadata").unwrap_or_default()
}

fn namespace(resource: &Resource) -> Option<String> {
    let block = metadata(resource);
    match block.value("namespace") {
        None => Some("default".to_string()),
        Some(value) => value.as_str().map(str::to_string).or_else(|| {
            let refs = value.deep_refs();
            refs.iter().next().map(|reference| format!("#{}", reference.resource.0))
        }),
    }
}

/// Workloads by namespace and one label of their pods.
struct Labels<'m> {
    by_label: HashMap<(Option<String>, String, String), Vec<&'m Resource>>,
}

impl<'m> Labels<'m> {
    fn new(finder: &Finder<'m, '_>) -> Self {
        let mut labels = Labels { by_label: HashMap::new() };
        for workload in finder.index.all(&WORKLOADS) {
            for (key, value) in pod_labels(workload) {
                labels.by_label.entry((namespace(workload), key, value)).or_default().push(workload);
            }
        }
        labels
    }

    /// The workloads whose pods have every label of a selector.
    fn selected(&self, service: &Resource) -> Vec<&'m Resource> {
        let spec = service.body.block("spec").unwrap_or_default();
        let selector: Vec<(String, String)> = spec.value("selector").map(texts).unwrap_or_default();
        let with = |(key, value): &(String, String)| {
            self.by_label
                .get(&(namespace(service), key.clone(), value.clone()))
                .map_or(&[][..], Vec::as_slice)
        };
        // The rarest label leaves the fewest to look at.
        let rarest = selector.iter().map(with).min_by_key(|workloads| workloads.len()).unwrap_or_default();
        let suits = |workload: &&&'m Resource| {
            let own = pod_labels(workload);
            selector.iter().all(|wanted| own.contains(wanted))
        };
        rarest.iter().filter(suits).copied().collect()
    }
}

fn pod_labels(workload: &Resource) -> Vec<(String, String)> {
    let path = if workload.kind.starts_with("kubernetes_pod") {
        "metadata.labels"
    } else {
        "spec.template.metadata.labels"
    };
    workload.body.at_path(path).iter().flat_map(|(_, value)| texts(value)).collect()
}

/// Entries of a map; what is not known is told apart by what it refers to.
fn texts(map: &Value) -> Vec<(String, String)> {
    let entries = map.entries().into_iter().flatten();
    entries
        .filter_map(|(key, value)| {
            let text = value.as_str().map(str::to_string).or_else(|| {
                let refs = value.deep_refs();
                refs.iter().next().map(|one| format!("#{}.{}", one.resource.0, one.path))
            })?;
            Some((key.to_string(), text))
        })
        .collect()
}

/// As whom pods run: their account, and the cloud identity that it stands for.
fn accounts(finder: &Finder<'_, '_>, workload: &Resource) -> Vec<Subject> {
    let mut found = finder.index.runs_as(workload, &[]);
    for subject in found.clone() {
        let Subject::Identity(id) = subject else { continue };
        let account = finder.model.resource(finder.model.identity(id).resource);
        let annotations = metadata(account);
        let Some(annotations) = annotations.value("annotations") else { continue };
        for (key, value) in annotations.entries().into_iter().flatten() {
            let Some(annotation) = account_annotation(key) else { continue };
            found.extend(finder.index.subjects_of(value, annotation.names));
        }
    }
    found
}

fn load_balancer<'m>(finder: &mut Finder<'m, '_>, labels: &Labels<'m>, service: &'m Resource) {
    let spec = service.body.block("spec").unwrap_or_default();
    let open = match spec.text("type") {
        Some("LoadBalancer") => !is_internal(service).or(has_limits(&spec)),
        // Whether the nodes have public addresses is not said here.
        Some("NodePort") => Tri::Maybe,
        _ => return,
    };
    for workload in labels.selected(service) {
        let way = Way {
            row: "k8s-load-balancer",
            reach: Reach::Internet,
            open,
            through: format!("service `{}`", service.address),
            because: vec![(at(service, &spec, "type"), "reachable from outside the cluster".to_string())],
            declared_by: service,
            attribute: "spec.type",
        };
        finder.add(workload, accounts(finder, workload), way);
    }
}

fn has_limits(spec: &BlockValue) -> Tri {
    match spec.value("load_balancer_source_ranges") {
        None => Tri::No,
        Some(value) if value.as_slice().iter().any(|item| item.as_str().is_some_and(is_everywhere)) => {
            Tri::No
        }
        Some(value) if value.as_slice().is_empty() => Tri::No,
        Some(_) => Tri::Yes,
    }
}

/// Annotations that keep a load balancer inside, or ask who is there.
fn is_internal(resource: &Resource) -> Tri {
    let block = metadata(resource);
    let Some(annotations) = block.value("annotations") else { return Tri::No };
    let Some(entries) = annotations.entries() else { return Tri::Maybe };
    let told = entries.iter().map(|(key, value)| {
        let text = value.as_str().map(str::to_ascii_lowercase);
        let says = |wanted: &[&str]| text.as_deref().map_or(Tri::Maybe, |text| wanted.contains(&text).into());
        match &**key {
            "service.beta.kubernetes.io/aws-load-balancer-internal" => says(&["true", "0.0.0.0/0"]),
            "service.beta.kubernetes.io/aws-load-balancer-scheme" => says(&["internal"]),
            "networking.gke.io/load-balancer-type" | "cloud.google.com/load-balancer-type" => {
                says(&["internal"])
            }
            "service.beta.kubernetes.io/azure-load-balancer-internal" => says(&["true"]),
            "alb.ingress.kubernetes.io/scheme" => says(&["internal"]),
            "alb.ingress.kubernetes.io/auth-type" => says(&["oidc", "cognito"]),
            "alb.ingress.kubernetes.io/inbound-cidrs" => !says(&["0.0.0.0/0"]),
            "nginx.ingress.kubernetes.io/auth-url"
            | "nginx.ingress.kubernetes.io/auth-type"
            | "nginx.ingress.kubernetes.io/whitelist-source-range" => Tri::Yes,
            _ => Tri::No,
        }
    });
    Tri::any(told)
}

/// Services by namespace and name.
struct Services<'m> {
    by_name: HashMap<(Option<String>, String), &'m Resource>,
}

impl<'m> Services<'m> {
    fn new(finder: &Finder<'m, '_>) -> Self {
        let named = finder.index.all(&SERVICES).filter_map(|service| {
            let name = metadata(service).text("name")?.to_string();
            Some(((namespace(service), name), service))
        });
        Services { by_name: named.collect() }
    }

    /// Services that an ingress sends requests to, and where it names them.
    fn behind(
        &self,
        finder: &Finder<'m, '_>,
        ingress: &Resource,
    ) -> Vec<(crate::source::Span, &'m Resource)> {
        let paths = [
            "spec.rule.http.path.backend.service.name",
            "spec.rule.http.path.backend.service_name",
            "spec.default_backend.service.name",
            "spec.backend.service_name",
        ];
        let mut found: Vec<(crate::source::Span, &Resource)> = Vec::new();
        for (_, value) in paths.iter().flat_map(|path| ingress.body.at_path(path)) {
            let referred = finder.index.targets(&value, &SERVICES).into_iter().next();
            let by_name = || self.by_name.get(&(namespace(ingress), value.as_str()?.to_string())).copied();
            let span = value.meta.span.unwrap_or_else(|| ingress.header());
            if let Some(service) = referred.or_else(by_name)
                && !found.iter().any(|(_, known)| known.id == service.id)
            {
                found.push((span, service));
            }
        }
        found
    }
}

fn ingress_to<'m>(
    finder: &mut Finder<'m, '_>,
    labels: &Labels<'m>,
    ingress: &'m Resource,
    span: crate::source::Span,
    service: &Resource,
) {
    let open = !is_internal(ingress).or(has_internal_class(ingress));
    for workload in labels.selected(service) {
        let because: Vec<Label> = vec![
            (ingress.header(), "reachable from outside the cluster".to_string()),
            (span, format!("sends requests to `{}`", service.address)),
        ];
        let way = Way {
            row: "k8s-ingress",
            reach: Reach::Internet,
            open,
            through: format!("ingress `{}`", ingress.address),
            because,
            declared_by: ingress,
            attribute: "",
        };
        finder.add(workload, accounts(finder, workload), way);
    }
}

/// The class says that it stays inside. That of the AWS controller does unless the scheme says otherwise.
fn has_internal_class(ingress: &Resource) -> Tri {
    let block = metadata(ingress);
    let annotations = block.value("annotations");
    let spec = ingress.body.block("spec").unwrap_or_default();
    let by_spec = spec.value("ingress_class_name");
    let class = by_spec.or_else(|| annotations?.get("kubernetes.io/ingress.class"));
    let Some(class) = class else { return Tri::No };
    match class.as_str() {
        None => Tri::Maybe,
        Some("alb") => {
            let scheme = annotations.and_then(|all| all.get("alb.ingress.kubernetes.io/scheme"));
            scheme.is_none_or(|value| value.as_str() == Some("internal")).into()
        }
        Some(class) => (class.contains("internal") || class.contains("private")).into(),
    }
}

/// What a chart makes of its values is known to the chart.
fn helm_chart<'m>(finder: &mut Finder<'m, '_>, chart: &'m Resource) {
    let mut told: Option<Label> = None;
    for set in chart.body.blocks("set") {
        let (Some(name), Some(value)) = (set.text("name"), set.value("value")) else { continue };
        let opens = (name.ends_with("service.type") && value.as_str() == Some("LoadBalancer"))
            || (name.ends_with("ingress.enabled") && is(&set, "value", false).is_yes());
        if opens {
            told = Some((at(chart, &set, "value"), "makes it reachable from outside".to_string()));
        }
    }
    let Some(label) = told else { return };
    let way = Way {
        row: "helm-chart",
        reach: Reach::Internet,
        open: Tri::Maybe,
        through: format!("chart `{}`", chart.address),
        because: vec![label],
        declared_by: chart,
        attribute: "set.value",
    };
    finder.add(chart, Vec::new(), way);
}
