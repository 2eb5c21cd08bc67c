use super::client::{Cluster, failure};
use crate::rotation::http::encoded;
use crate::rotation::traits::{Clock, Doing, Reload};
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;

/// What runs the consumers: `deployment/orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// `deployment`, `statefulset` or `daemonset`; the API adds an `s`.
    pub kind: &'static str,
    pub name: String,
}

/// Has a workload replace its pods one after the other, as `kubectl rollout restart` does: the pods of another
/// template are other pods, and the annotation makes it another one.
/// Source: Kubernetes documentation, "Well-Known Labels, Annotations and Taints", `kubectl.kubernetes.io/restartedAt`.
pub struct Restart {
    cluster: Cluster,
    clock: Arc<dyn Clock>,
    namespace: String,
    workload: Workload,
}

impl std::fmt::Debug for Restart {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Restart").field("workload", &self.workload).finish_non_exhaustive()
    }
}

impl Restart {
    pub fn new(cluster: Cluster, clock: Arc<dyn Clock>, namespace: &str, workload: Workload) -> Self {
        Restart { cluster, clock, namespace: namespace.to_owned(), workload }
    }

    fn what(&self) -> String {
        format!("{} {}/{}", self.workload.kind, self.namespace, self.workload.name)
    }
}

impl Reload for Restart {
    fn name(&self) -> String {
        format!("restart of {}", self.what())
    }

    fn reload(&self) -> Doing<'_, ()> {
        Box::pin(async {
            let path = format!(
                "/apis/apps/v1/namespaces/{}/{}s/{}",
                encoded(&self.namespace),
                self.workload.kind,
                encoded(&self.workload.name)
            );
            let at = Timestamp::from_second(self.clock.now()).unwrap_or_default().to_string();
            let annotations = json!({ "kubectl.kubernetes.io/restartedAt": at });
            let patch = json!({ "spec": { "template": { "metadata": { "annotations": annotations } } } });
            let answer = self.cluster.merge(&path, &patch).await?;
            match answer.status {
                200 => Ok(()),
                status => Err(failure(&format!("restart {}", self.what()), status)),
            }
        })
    }
}
