use crate::rules::escalation::{cases, tell};
use crate::rules::{Context, Rule, RuleInfo};

declare_rule! {
    /// An AWS identity can get more than it was given: it may attach an administrator policy to itself, pass a
    /// stronger role to a function that it writes, make a key for another user. Whoever gets hold of it
    /// administers the account a few calls later, although none of its policies says so.
    ///
    /// The rule takes all policies of an identity together: inline, customer managed and AWS managed ones, those
    /// of its groups, minus every explicit Deny, within its permissions boundary, under their conditions. On these
    /// it tries 57 methods, each with the actions that it needs and the resource that it is about:
    ///
    /// - a role is passed only where it trusts the service, and where `iam:PassedToService` lets it through;
    /// - a function, instance, project, notebook or stack is taken over for the role that it runs as;
    /// - a role is assumed where its trust and the policy of whoever assumes it agree;
    /// - a way may take several steps, from role to role, and is shown place by place.
    ///
    /// It is critical where the way ends with an administrator. Where a permission takes in every identity of the
    /// account (`iam:PassRole` on `*`, `iam:CreateAccessKey` on `user/*`) it is high although no stronger identity
    /// is declared here: others are. An action that takes over what runs, written out and allowed on `*`
    /// (`lambda:UpdateFunctionCode`, `ssm:SendCommand`, `sts:AssumeRole`), is medium: functions, machines and roles
    /// are in the account whether or not this code declares them. A policy or document that nothing attaches weighs
    /// less. What hinges on a condition, boundary or control policy that is not known here, and what only gives the
    /// role of something that runs through a wildcard or on all of a kind, is shown to a strict reader; a permission
    /// for something that is not declared here, or is no stronger, to an auditor.
    ///
    /// A service control policy in the code prevents what it denies where it is certain to hold: attached to the
    /// account, or to the root of the organization and the identity in another account than the policy. The
    /// management account is never limited.
    ///
    /// Cut the marked statement first: the others alone lead nowhere.
    /// Where it passes every role to a service, and all roles of the module that trust the service may do little, the
    /// fix names them.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "ci" {
    ///   name               = "ci"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }]
    ///   })
    /// }
    ///
    /// resource "aws_iam_role_policy" "ci" {
    ///   role   = aws_iam_role.ci.name
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [
    ///       { Effect = "Allow", Action = "iam:PassRole", Resource = "*" },
    ///       { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" },
    ///     ]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "ci" {
    ///   name               = "ci"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }]
    ///   })
    /// }
    ///
    /// resource "aws_iam_role" "worker" {
    ///   name               = "worker"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
    ///   })
    /// }
    ///
    /// data "aws_iam_policy_document" "ci" {
    ///   statement {
    ///     actions   = ["lambda:UpdateFunctionCode"]
    ///     resources = ["arn:aws:lambda:eu-west-1:123456789012:function:worker"]
    ///   }
    /// }
    ///
    /// resource "aws_iam_role_policy" "ci" {
    ///   role   = aws_iam_role.ci.name
    ///   policy = data.aws_iam_policy_document.ci.json
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "Granting a user permissions to pass a role to an AWS service" and "Policy
    /// evaluation logic"; AWS Service Authorization Reference.
    AwsPrivilegeEscalation {
        code: "KW411",
        name: "aws-privilege-escalation",
        summary: "AWS identity that can raise its own privileges",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "escalation",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

impl Rule for AwsPrivilegeEscalation {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        for cases in cases(model).values() {
            tell(cx, Self::INFO, cases);
        }
    }
}
