use super::{OperateError, Operator, block_on};
use crate::dates::{human, seconds};
use crate::rotation::engine::{Entry, Event, Next, Sight, State, decide};
use crate::rotation::traits::FailureKind;

/// What a run would do, without doing any of it.
#[derive(Clone, Debug)]
pub struct Preview {
    pub credential: String,
    pub old: String,
    /// One line each, in order.
    pub steps: Vec<String>,
    /// Why it would not even begin.
    pub refusal: Option<String>,
}

impl Operator<'_> {
    /// Looks at the issuer and all sinks, uses the credential once, and changes nothing.
    pub fn preview(&self) -> Result<Preview, OperateError> {
        let parts = self.parts(0)?;
        block_on(async {
            let old = self.current(&parts).await?;
            let job = self.job(&parts, old.clone());
            let (at, event) = (parts.clock.now(), Event::Started { job: job.clone() });
            let keys =
                parts.issuer.look(std::slice::from_ref(&old), false).await.map_err(OperateError::World)?;
            let state = State::of(&[Entry { run: String::new(), at, event }]);
            let mut sinks = Vec::new();
            for sink in &parts.sinks {
                let held = sink.look().await.map_err(OperateError::World)?;
                sinks.extend(state.as_ref().map(|state| state.sight_of(sinks.len(), &**sink, held)));
            }
            let (room, disables) = (parts.issuer.room(), parts.issuer.disables());
            let spreads = parts.issuer.spreads();
            let sight =
                Sight { now: at, keys, room, disables, spreads, reloads: false, sinks, at_hand: false };
            let refusal = match state.map(|state| decide(&state, &sight)) {
                Some(Next::TurnBack { reason }) => Some(reason),
                Some(Next::Stuck { why }) => Some(why),
                _ => None,
            };
            let refusal = match (refusal, parts.world().prepare(&old).await) {
                (None, Err(failure)) if failure.kind == FailureKind::Never => Some(failure.message),
                (refusal, _) => refusal,
            };
            let key = match parts.sinks.iter().find(|sink| sink.gives_back()) {
                Some(sink) => sink.read(&old).await.map_err(OperateError::World)?,
                None => None,
            };
            let works = match key {
                Some(key) => parts.check.accepted(&key).await.map_err(OperateError::World)?,
                None => false,
            };
            let refusal = refusal
                .or_else(|| (!works).then(|| format!("{} is not accepted by {}", old.0, parts.check.name())));
            let staged = parts.sinks.iter().filter(|sink| sink.stages()).map(|sink| sink.name());
            let staged: Vec<_> = staged.collect();
            let mut steps = vec![format!("make a new one: {}", parts.issuer.name())];
            if !staged.is_empty() {
                steps.push(format!("stage it in {}", staged.join(", ")));
            }
            if spreads {
                let settle = human(seconds(job.settle));
                steps.push(format!("wait {settle}, in which all servers of the issuer learn of it"));
            }
            steps.push(format!("see that it is accepted: {}", parts.check.name()));
            steps.push(format!("switch {} to it", job.sinks.join(", ")));
            for reload in &parts.reloads {
                steps.push(format!("have consumers load it: {}", reload.name()));
            }
            let silent: Vec<_> =
                parts.sinks.iter().filter(|sink| !sink.gives_back()).map(|sink| sink.name()).collect();
            steps.push(match silent.is_empty() {
                true => "read it back from there and use it".to_owned(),
                false => format!(
                    "read it back and use it, but for {}, which only shows that it was written",
                    silent.join(", ")
                ),
            });
            let (quiet, kept) = (human(seconds(job.quiet)), human(seconds(job.keep_disabled)));
            let end = if disables { "disable it" } else { "delete it, which cannot be undone" };
            steps.push(format!("wait until nobody has used {} for {quiet}, and {end}", old.0));
            if disables {
                steps.push(format!("see that {} is refused, and keep it disabled for {kept}", old.0));
                steps.push(format!("delete {}", old.0));
            } else {
                steps.push(format!("see that {} is refused", old.0));
            }
            Ok(Preview { credential: job.credential, old: old.0, steps, refusal })
        })?
    }
}
