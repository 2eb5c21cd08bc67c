use crate::diagnostic::{Fix, Persona, Scaffold};
use crate::identity::Subject;
use crate::rules::scaffold::apart;
use crate::rules::sharing::{
    Group, Holder, are_certain, are_environments, groups, holders, holders_anywhere, is_baseline,
    is_one_family, places,
};
use crate::rules::surroundings::{counted, is_sample, listed};
use crate::rules::{Context, Rule, RuleInfo};

declare_rule! {
    /// Several workloads run as one identity. Each of them can do everything that any of them needs, a leak
    /// in one is a leak of all, and the logs cannot tell which of them did something. It also grows: the
    /// next permission is added for one workload and given to the rest.
    ///
    /// What counts as one workload: all instances of a block (`count`, `for_each`, a module called for
    /// each region), replicas and auto scaling, launch templates of one name, blue and green, a slot and
    /// its app, the steps of one family such as `export_start` and `export_stop`. A Kubernetes service
    /// account that is annotated with a role, a Google service account or a client id runs as that. An ARN,
    /// address or id that is written out means the same identity in all root modules. Roles that the platform
    /// itself takes on are left out: the execution role of ECS tasks, the roles of EKS clusters and nodes,
    /// service roles, roles that only deliver events or logs. So are default service accounts, which have a
    /// rule of their own, and pairs that differ in nothing but their environment, which
    /// `identity-crosses-environments` is about. With `--persona strict` it also shows workloads of one kind,
    /// side by side in one module, with names that share a word; the jobs of a pipeline; identities that may
    /// do no more than run and log; and workloads of which it is not known whether there will be both.
    ///
    /// To fix it, give each workload an identity of its own and split the permissions between them.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "app" {
    ///   name               = "app"
    ///   assume_role_policy = file("trust.json")
    /// }
    ///
    /// resource "aws_lambda_function" "orders" {
    ///   function_name = "orders"
    ///   role          = aws_iam_role.app.arn
    /// }
    ///
    /// resource "aws_lambda_function" "billing" {
    ///   function_name = "billing"
    ///   role          = aws_iam_role.app.arn
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "orders" {
    ///   name               = "orders"
    ///   assume_role_policy = file("trust.json")
    /// }
    ///
    /// resource "aws_lambda_function" "orders" {
    ///   for_each      = toset(["eu", "us"])
    ///   function_name = "orders-${each.key}"
    ///   role          = aws_iam_role.orders.arn
    /// }
    /// ```
    ///
    /// Source: OWASP NHI9:2025 "NHI Reuse"; AWS Lambda, "Defining permissions with an execution role";
    /// Google Cloud, "Best practices for using service accounts", single-purpose service accounts.
    SharedIdentityAcrossWorkloads {
        code: "KW401",
        name: "shared-identity-across-workloads",
        summary: "One identity that several workloads run as",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "reuse",
        nhi: ["NHI9"],
        csf: ["PR.AA-01", "PR.AA-05"],
        cis: [],
    }
}

impl Rule for SharedIdentityAcrossWorkloads {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let found = holders(cx.model);
        found.iter().for_each(|holder| consider(cx, holder));
    }

    fn estate(&self, cx: &mut Context<'_>) {
        let found = holders_anywhere(&cx.shared.estate.models);
        found.iter().for_each(|holder| consider(cx, holder));
    }
}

fn consider(cx: &mut Context<'_>, holder: &Holder<'_>) {
    let groups = groups(holder);
    // What `identity-crosses-environments` says need not be said twice.
    if groups.len() > 1 && !are_environments(&groups) {
        report(cx, holder, &groups);
    }
}

fn report(cx: &mut Context<'_>, holder: &Holder<'_>, groups: &[Group<'_>]) {
    let Some(first) = groups.first().and_then(|group| group.members.first()) else { return };
    let model = first.model;
    let names: Vec<String> = groups.iter().map(|group| called(group, groups)).collect();
    let names = listed(names.iter().map(String::as_str), 4);
    let who = format!("`{}`", model.describe(&holder.subject));
    let message = format!("{who} is the identity of {} different workloads: {names}", groups.len());
    let firsts: Vec<_> = groups.iter().filter_map(|group| group.members.first().copied()).collect();
    let spans = places(&firsts, cx.shared.sources);
    let Some(span) = spans.first() else { return };
    let resource = model.resource(first.workload.resource);
    let mut draft = cx
        .draft(SharedIdentityAcrossWorkloads::INFO, resource, &first.workload.attribute, *span, message)
        .of_root(model)
        .label(format!("`{}` runs as it", groups[0].name))
        .identity(model.describe(&holder.subject))
        .environment(first.workload.environment.as_ref());
    for (group, span) in groups.iter().zip(&spans).skip(1) {
        if let Some(member) = group.members.first() {
            let workload = member.workload;
            draft = draft.site(&workload.address, &workload.attribute, *span).of_root(member.model);
        }
    }
    if let Subject::Identity(id) = holder.subject {
        let identity = model.identity(id);
        draft = draft.related(model.resource(identity.resource).header(), "the identity they share");
        draft = draft.owner(identity.owner.name());
        let grants = model.grants_of(id).count();
        if grants > 0 {
            draft = draft.note(format!(
                "each of them has all of its permissions, which come from {}",
                counted(grants, "grant")
            ));
        }
    }
    let sample = groups.iter().flat_map(|group| &group.members).all(|member| {
        is_sample(cx, member.model, member.model.resource(member.workload.resource).header())
    });
    let weak = is_baseline(model, &holder.subject) || !are_certain(groups);
    if sample || weak || is_one_family(groups) {
        draft = draft.persona(Persona::Strict);
    }
    let title = format!("Give each of the {} workloads an identity of its own", groups.len());
    draft = draft
        .help("give each workload an identity of its own, with only the permissions that it needs itself")
        .fix(Fix::manual(title).with(own_identities(cx, holder, groups)));
    cx.emit(draft);
}

/// Code for an identity of each, where all are in one module with the one that they share.
fn own_identities(cx: &Context<'_>, holder: &Holder<'_>, groups: &[Group<'_>]) -> Option<Scaffold> {
    let Subject::Identity(id) = holder.subject else { return None };
    let firsts: Vec<_> = groups.iter().filter_map(|group| group.members.first()).collect();
    let model = firsts.first()?.model;
    let same = firsts.iter().all(|member| std::ptr::eq(member.model, model));
    let workloads: Vec<_> = firsts
        .iter()
        .map(|member| (model.resource(member.workload.resource), member.workload.attribute.as_str()))
        .collect();
    same.then(|| apart(cx, model.resource(model.identity(id).resource), &workloads))?
}

/// The address of a workload, with its root module where there are several of the address.
fn called(group: &Group<'_>, all: &[Group<'_>]) -> String {
    let dir = group.members.first().map_or("", |member| member.model.project.dir.as_str());
    match all.iter().filter(|other| other.name == group.name).count() {
        2.. if !dir.is_empty() => format!("{} ({dir})", group.name),
        _ => group.name.clone(),
    }
}
