//! What keyward says on GitHub.

/// What pull requests that exchange a credential are about, in the place of a family of rules.
pub const EXCHANGE: &str = "exchange";

/// A comment when the reason for a pull request is gone.
pub fn gone(base: &str, family: &str) -> String {
    if family == EXCHANGE {
        return format!(
            "{}\nThis is not to be merged now: on {} it is done already, or what was seen when it was opened no longer \
             holds, so that somebody would be locked out. keyward closes it, and opens another when its time has come.\n",
            marker("gone"),
            super::body::code(base)
        );
    }
    format!(
        "{}\nNothing is left to do here: what this pull request mends is no longer a problem on {}. keyward closes it; \
         should the problem come back, so will a pull request.\n",
        marker("gone"),
        super::body::code(base)
    )
}

/// A comment on the younger of two that are the same.
pub fn twin() -> String {
    format!(
        "{}\nThere is an older pull request from the same branch, made by another run at the same moment. keyward closes \
         this one.\n",
        marker("twin")
    )
}

/// The same when there are commits that are not ours.
pub fn gone_but_foreign() -> String {
    format!(
        "{}\nWhat keyward meant to mend here is no longer a problem on the base branch. The branch has commits that are not \
         keyward's, so it is left as it is: close it if they are not needed either.\n",
        marker("gone-foreign")
    )
}

/// A comment when somebody pushed.
pub fn foreign() -> String {
    format!(
        "{}\nThis branch has commits that are not keyward's. It is yours now: keyward changes it no more, and opens no \
         second pull request. To give it back, delete the branch.\n",
        marker("foreign")
    )
}

/// How a comment knows itself again.
pub fn marker(kind: &str) -> String {
    format!("<!-- keyward:note v1 kind={kind} -->")
}

/// The marker at the beginning of a comment.
pub fn marker_of(comment: &str) -> &str {
    comment.lines().next().unwrap_or_default()
}

/// What a family of rules is about, as a title.
pub fn title(family: &str) -> &'static str {
    match family {
        "static-credential" => "Replace long-lived credentials",
        "secret" => "Take secrets out of the code",
        "state" => "Keep secrets out of the state",
        "exposure" => "Close what is open to everybody",
        "privilege" => "Grant less",
        "escalation" => "Cut ways to more privilege",
        "trust" => "Trust only who is meant",
        "lifecycle" => "Let credentials end and be renewed",
        "ownership" => "Name the owners of identities",
        "offboarding" => "Remove what nobody uses",
        "reuse" => "Separate what shares an identity",
        "cicd" => "Secure the identities of pipelines",
        EXCHANGE => "Exchange credentials that live in Terraform",
        "governance" => "Correct waivers and policies",
        _ => "Mend identities and credentials",
    }
}

/// Why a family of rules matters, one sentence.
pub fn why(family: &str) -> &'static str {
    match family {
        "static-credential" => {
            "A key that never changes works for whoever finds a copy of it, for as long as it exists"
        }
        "secret" => "Whoever can read the repository, or any copy of it, can use what is written in it",
        "state" => "Whoever can read the state of Terraform can use the secrets in it",
        "exposure" => "What anybody can reach will be found",
        "privilege" => "What an identity may do is what somebody with its key may do",
        "escalation" => "A chain of harmless grants can end at full control",
        "trust" => "A trust that is wider than meant lets others become this identity",
        "lifecycle" => "A credential without an end outlives the reason for it",
        "ownership" => "When nobody answers for an identity, nobody rotates its keys or removes it",
        "offboarding" => "What nobody uses any more is watched by nobody either",
        "reuse" => "When one of several users of an identity is broken into, all of them are",
        "cicd" => "A pipeline that can be made to run anything lends its identity to whoever does so",
        _ => "Identities that nobody looks after are how most break-ins go on",
    }
}
