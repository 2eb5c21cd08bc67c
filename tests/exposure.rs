//! What makes a workload reachable, row by row of `tf-exposure.json`; and what is said once.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::diagnostic::Severity;
use keyward::identity::exposure::{Reach, exposures};
use std::collections::BTreeSet;

fn scan(text: &str) -> Analysis {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), text).expect("writable");
    analyse(dir.path(), &Settings::default(), jiff::civil::date(2026, 11, 22)).expect("readable")
}

/// Rows that hold for certain, and those that may.
fn rows(text: &str) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let analysis = scan(text);
    let found: Vec<_> = analysis.estate.models.iter().flat_map(|model| exposures(model).iter()).collect();
    let of = |certain: bool| found.iter().filter(|one| one.certain == certain).map(|one| one.row).collect();
    (of(true), of(false))
}

/// Each row: what makes it true, and what of that has to be changed into what for it to be false.
const ROWS: &[(&str, &str, (&str, &str))] = &[
    (
        "ec2-public-ip",
        r#"resource "aws_instance" "x" {
             associate_public_ip_address = true
             security_groups             = [aws_security_group.x.id]
           }
           resource "aws_security_group" "x" {
             ingress {
               protocol         = "-1"
               from_port        = 0
               to_port          = 0
               ipv6_cidr_blocks = ["::/0"]
             }
           }"#,
        ("::/0", "2001:db8::/32"),
    ),
    (
        "launch-template-public",
        r#"resource "aws_launch_template" "x" {
             network_interfaces {
               associate_public_ip_address = true
               security_groups             = [aws_security_group.x.id]
             }
           }
           resource "aws_security_group" "x" {
             ingress = [{ protocol = "tcp", from_port = 443, to_port = 443, cidr_blocks = ["0.0.0.0/0"] }]
           }"#,
        ("= true", "= false"),
    ),
    (
        "asg-behind-public-lb",
        r#"resource "aws_elb" "x" {
             internal = false
             listener {
               instance_port = 80
               lb_port       = 80
             }
           }
           resource "aws_launch_configuration" "x" { image_id = "ami-1" }
           resource "aws_autoscaling_group" "x" {
             launch_configuration = aws_launch_configuration.x.name
             load_balancers       = [aws_elb.x.name]
           }"#,
        ("= false", "= true"),
    ),
    (
        "alb-public",
        r#"resource "aws_alb" "x" { name = "x" }
           resource "aws_alb_listener" "x" {
             load_balancer_arn = aws_alb.x.arn
             default_action {
               type = "forward"
               forward {
                 target_group { arn = aws_alb_target_group.x.arn }
               }
             }
           }
           resource "aws_alb_target_group" "x" { name = "x" }
           resource "aws_alb_target_group_attachment" "x" {
             target_group_arn = aws_alb_target_group.x.arn
             target_id        = aws_instance.x.id
           }
           resource "aws_instance" "x" { subnet_id = "subnet-1" }"#,
        (
            "name = \"x\" }\n           resource \"aws_alb_listener\"",
            "internal = true }\n           resource \"aws_alb_listener\"",
        ),
    ),
    (
        "lambda-url",
        r#"resource "aws_lambda_function" "x" { function_name = "x" }
           resource "aws_lambda_function_url" "x" {
             function_name      = "x"
             authorization_type = "NONE"
           }"#,
        ("NONE", "AWS_IAM"),
    ),
    (
        "lambda-public-permission",
        r#"resource "aws_lambda_function" "x" { function_name = "x" }
           resource "aws_lambda_alias" "x" {
             name          = "live"
             function_name = aws_lambda_function.x.arn
           }
           resource "aws_lambda_permission" "x" {
             function_name = aws_lambda_alias.x.arn
             action        = "lambda:InvokeFunction"
             principal     = "*"
           }"#,
        ("\"*\"", "\"*\"\n source_arn = \"arn:aws:s3:::b\""),
    ),
    (
        "lambda-api-gateway",
        r#"resource "aws_lambda_function" "x" { function_name = "x" }
           resource "aws_api_gateway_rest_api" "x" { name = "x" }
           resource "aws_api_gateway_method" "x" {
             rest_api_id   = aws_api_gateway_rest_api.x.id
             resource_id   = aws_api_gateway_rest_api.x.root_resource_id
             http_method   = "ANY"
             authorization = "NONE"
           }
           resource "aws_api_gateway_integration" "x" {
             rest_api_id = aws_api_gateway_rest_api.x.id
             resource_id = aws_api_gateway_method.x.resource_id
             http_method = aws_api_gateway_method.x.http_method
             uri         = aws_lambda_function.x.invoke_arn
           }"#,
        ("NONE\"", "NONE\"\n api_key_required = true"),
    ),
    (
        "lambda-alb",
        r#"resource "aws_lb" "x" { internal = false }
           resource "aws_lb_listener" "x" {
             load_balancer_arn = aws_lb.x.arn
             default_action {
               type             = "forward"
               target_group_arn = aws_lb_target_group.x.arn
             }
           }
           resource "aws_lb_target_group" "x" { target_type = "lambda" }
           resource "aws_lb_target_group_attachment" "x" {
             target_group_arn = aws_lb_target_group.x.arn
             target_id        = aws_lambda_function.x.arn
           }
           resource "aws_lambda_function" "x" { function_name = "x" }"#,
        ("internal = false", "internal = true"),
    ),
    (
        "cloudfront-origin",
        r#"resource "aws_cloudfront_distribution" "x" {
             enabled = true
             origin {
               origin_id   = "x"
               domain_name = replace(replace(aws_lambda_function_url.x.function_url, "https://", ""), "/", "")
             }
           }
           resource "aws_lambda_function" "x" { function_name = "x" }
           resource "aws_lambda_function_url" "x" {
             function_name      = aws_lambda_function.x.function_name
             authorization_type = "AWS_IAM"
           }"#,
        ("enabled = true", "enabled = false"),
    ),
    (
        "ecs-public",
        r#"resource "aws_ecs_task_definition" "x" { family = "x" }
           resource "aws_ecs_service" "x" {
             task_definition = "${aws_ecs_task_definition.x.family}:${aws_ecs_task_definition.x.revision}"
             network_configuration {
               assign_public_ip = true
               security_groups  = [aws_security_group.x.id]
             }
           }
           resource "aws_security_group" "x" { name = "x" }
           resource "aws_security_group_rule" "x" {
             security_group_id = aws_security_group.x.id
             type              = "ingress"
             protocol          = "tcp"
             from_port         = 443
             to_port           = 443
             cidr_blocks       = ["0.0.0.0/0"]
           }"#,
        ("\"ingress\"", "\"egress\""),
    ),
    (
        "apprunner",
        r#"resource "aws_apprunner_service" "x" { service_name = "x" }"#,
        (
            "service_name = \"x\"",
            "\nnetwork_configuration {\n ingress_configuration {\n is_publicly_accessible = false\n}\n}\n",
        ),
    ),
    (
        "eks-public-endpoint",
        r#"resource "aws_eks_cluster" "x" {
             role_arn = "arn:aws:iam::123456789012:role/x"
             vpc_config { subnet_ids = ["subnet-1"] }
           }"#,
        ("[\"subnet-1\"]", "[\"subnet-1\"]\n public_access_cidrs = [\"203.0.113.0/24\"]\n"),
    ),
    (
        "beanstalk",
        r#"resource "aws_elastic_beanstalk_environment" "x" {
             setting {
               namespace = "aws:ec2:vpc"
               name      = "ELBScheme"
               value     = "public"
             }
           }"#,
        ("\"public\"", "\"internal\""),
    ),
    (
        "cognito-guest",
        r#"resource "aws_cognito_identity_pool" "x" { allow_unauthenticated_identities = true }"#,
        ("true", "false"),
    ),
    (
        "appsync-api-key",
        r#"resource "aws_appsync_graphql_api" "x" { authentication_type = "API_KEY" }
           resource "aws_appsync_datasource" "x" {
             api_id           = aws_appsync_graphql_api.x.id
             service_role_arn = "arn:aws:iam::123456789012:role/x"
           }"#,
        ("API_KEY", "AWS_IAM"),
    ),
    (
        "sagemaker-notebook",
        r#"resource "aws_sagemaker_notebook_instance" "x" { direct_internet_access = "Enabled" }"#,
        ("Enabled", "Disabled"),
    ),
    ("rds-public", r#"resource "aws_db_instance" "x" { publicly_accessible = true }"#, ("true", "false")),
    (
        "s3-public-data",
        r#"resource "aws_s3_bucket" "x" { bucket = "x" }
           resource "aws_s3_bucket_policy" "x" {
             bucket = aws_s3_bucket.x.id
             policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "s3:GetObject", Resource = "*" }] })
           }"#,
        ("AWS = \"*\"", "AWS = \"123456789012\""),
    ),
    (
        "iot-policy-wild",
        r#"resource "aws_iot_certificate" "x" { active = true }
           resource "aws_iot_policy" "x" {
             name   = "x"
             policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "iot:*", Resource = "*" }] })
           }
           resource "aws_iot_policy_attachment" "x" {
             policy = aws_iot_policy.x.name
             target = aws_iot_certificate.x.arn
           }"#,
        ("iot:*", "iot:Connect"),
    ),
    (
        "gce-external-ip",
        r#"resource "google_compute_network" "x" { name = "x" }
           resource "google_compute_subnetwork" "x" { network = google_compute_network.x.id }
           resource "google_compute_instance" "x" {
             network_interface {
               subnetwork = google_compute_subnetwork.x.id
               access_config {}
             }
           }
           resource "google_compute_firewall" "x" {
             network = google_compute_network.x.name
             allow { protocol = "tcp" }
           }"#,
        ("allow {", "source_tags = [\"a\"]\n allow {"),
    ),
    (
        "gce-template-external",
        r#"resource "google_compute_instance_template" "x" {
             network_interface {
               access_config {}
             }
           }"#,
        ("access_config {}", ""),
    ),
    (
        "cloud-run-public",
        r#"resource "google_cloud_run_v2_service" "x" {
             name                 = "x"
             invoker_iam_disabled = true
           }"#,
        ("= true", "= false"),
    ),
    (
        "cloud-function-public",
        r#"resource "google_cloudfunctions2_function" "x" { name = "x" }
           resource "google_cloud_run_service_iam_member" "x" {
             service = google_cloudfunctions2_function.x.name
             role    = "roles/run.invoker"
             member  = "allUsers"
           }"#,
        ("allUsers", "user:a@example.com"),
    ),
    (
        "app-engine",
        r#"resource "google_app_engine_standard_app_version" "x" { service = "x" }
           resource "google_app_engine_firewall_rule" "x" {
             action       = "ALLOW"
             source_range = "*"
           }"#,
        ("ALLOW", "DENY"),
    ),
    (
        "gke-public-endpoint",
        r#"resource "google_container_cluster" "x" { name = "x" }"#,
        ("name = \"x\"", "\nmaster_authorized_networks_config {}\n"),
    ),
    (
        "cloud-sql-public",
        r#"resource "google_sql_database_instance" "x" {
             settings {
               ip_configuration {
                 authorized_networks { value = "0.0.0.0/0" }
               }
             }
           }"#,
        ("0.0.0.0/0", "203.0.113.0/24"),
    ),
    (
        "gcp-lb-backend",
        r#"resource "google_compute_instance_template" "x" { name = "x" }
           resource "google_compute_instance_group_manager" "x" {
             version { instance_template = google_compute_instance_template.x.id }
           }
           resource "google_compute_backend_service" "x" {
             load_balancing_scheme = "EXTERNAL_MANAGED"
             backend { group = google_compute_instance_group_manager.x.instance_group }
           }"#,
        ("\"EXTERNAL_MANAGED\"", "\"INTERNAL_MANAGED\""),
    ),
    (
        "azure-vm-public",
        r#"resource "azurerm_linux_virtual_machine" "x" { network_interface_ids = [azurerm_network_interface.x.id] }
           resource "azurerm_public_ip" "x" { name = "x" }
           resource "azurerm_subnet" "x" { name = "x" }
           resource "azurerm_network_interface" "x" {
             ip_configuration {
               subnet_id            = azurerm_subnet.x.id
               public_ip_address_id = azurerm_public_ip.x.id
             }
           }
           resource "azurerm_network_security_group" "x" { name = "x" }
           resource "azurerm_subnet_network_security_group_association" "x" {
             subnet_id                 = azurerm_subnet.x.id
             network_security_group_id = azurerm_network_security_group.x.id
           }
           resource "azurerm_network_security_rule" "x" {
             network_security_group_name = azurerm_network_security_group.x.name
             direction                   = "Inbound"
             access                      = "Allow"
             protocol                    = "*"
             source_address_prefix       = "*"
           }"#,
        ("source_address_prefix       = \"*\"", "source_address_prefix = \"10.0.0.0/8\""),
    ),
    (
        "azure-vmss-public",
        r#"resource "azurerm_linux_virtual_machine_scale_set" "x" {
             network_interface {
               ip_configuration {
                 load_balancer_backend_address_pool_ids = [azurerm_lb_backend_address_pool.x.id]
               }
             }
           }
           resource "azurerm_lb_backend_address_pool" "x" { loadbalancer_id = azurerm_lb.x.id }
           resource "azurerm_public_ip" "x" { name = "x" }
           resource "azurerm_lb" "x" {
             frontend_ip_configuration { public_ip_address_id = azurerm_public_ip.x.id }
           }"#,
        ("public_ip_address_id = azurerm_public_ip.x.id", "subnet_id = \"s\""),
    ),
    (
        "azure-app-public",
        r#"resource "azurerm_windows_web_app" "x" {
             site_config {}
           }"#,
        ("site_config {}", "auth_settings_v2 {\n auth_enabled = true\n require_authentication = true\n }"),
    ),
    (
        "azure-function-public",
        r#"resource "azurerm_linux_function_app" "x" {
             site_config {}
           }"#,
        ("site_config {}", "site_config {\n ip_restriction {\n ip_address = \"203.0.113.0/24\"\n }\n }"),
    ),
    (
        "azure-container-app",
        r#"resource "azurerm_container_app" "x" {
             ingress { external_enabled = true }
           }"#,
        ("true", "false"),
    ),
    (
        "azure-container-group",
        r#"resource "azurerm_container_group" "x" { name = "x" }"#,
        ("name = \"x\"", "ip_address_type = \"Private\""),
    ),
    (
        "azure-aks-public",
        r#"resource "azurerm_kubernetes_cluster" "x" { name = "x" }"#,
        ("name = \"x\"", "private_cluster_enabled = true"),
    ),
    (
        "azure-logic-app",
        r#"resource "azurerm_logic_app_workflow" "x" { name = "x" }
           resource "azurerm_logic_app_trigger_http_request" "x" { logic_app_id = azurerm_logic_app_workflow.x.id }"#,
        ("name = \"x\"", "enabled = false"),
    ),
    (
        "azure-api-management",
        r#"resource "azurerm_api_management" "x" { virtual_network_type = "External" }"#,
        ("External", "Internal"),
    ),
    (
        "azure-keyvault-public",
        r#"resource "azurerm_key_vault" "x" { name = "x" }"#,
        ("name = \"x\"", "public_network_access_enabled = false"),
    ),
    (
        "azure-storage-public",
        r#"resource "azurerm_storage_account" "x" {
             network_rules { default_action = "Allow" }
           }"#,
        ("Allow", "Deny"),
    ),
    (
        "k8s-load-balancer",
        r#"resource "kubernetes_deployment" "x" {
             metadata { name = "x" }
             spec {
               template {
                 metadata { labels = { app = "x" } }
               }
             }
           }
           resource "kubernetes_service" "x" {
             metadata {
               name        = "x"
               annotations = { "service.beta.kubernetes.io/aws-load-balancer-scheme" = "internet-facing" }
             }
             spec {
               type     = "LoadBalancer"
               selector = { app = kubernetes_deployment.x.spec[0].template[0].metadata[0].labels.app }
             }
           }"#,
        ("internet-facing", "internal"),
    ),
    (
        "k8s-ingress",
        r#"resource "kubernetes_deployment_v1" "x" {
             metadata { name = "x" }
             spec {
               template {
                 metadata { labels = { app = "x" } }
               }
             }
           }
           resource "kubernetes_service_v1" "x" {
             metadata { name = "x" }
             spec { selector = { app = "x" } }
           }
           resource "kubernetes_ingress_v1" "x" {
             metadata {
               name        = "x"
               annotations = { "alb.ingress.kubernetes.io/scheme" = "internet-facing" }
             }
             spec {
               ingress_class_name = "alb"
               default_backend {
                 service { name = kubernetes_service_v1.x.metadata[0].name }
               }
             }
           }"#,
        ("\"internet-facing\"", "\"internal\""),
    ),
];

#[test]
fn each_row_holds_and_is_closed_by_its_switch() {
    let mut problems = Vec::new();
    for (row, open, (from, to)) in ROWS {
        assert!(open.contains(from), "{row}: nothing to change");
        if !rows(open).0.contains(row) {
            problems.push(format!("{row}: not found"));
        }
        let closed = rows(&open.replace(from, to));
        if closed.0.contains(row) || closed.1.contains(row) {
            problems.push(format!("{row}: found although closed"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_row_of_the_table_is_here() {
    let data: serde_json::Value =
        serde_json::from_str(include_str!("../testdata/exposure/tf-exposure.json")).expect("valid");
    let listed = data["rows"].as_array().expect("rows").iter().filter_map(|row| row["id"].as_str());
    let mut known: BTreeSet<&str> = ROWS.iter().map(|(row, ..)| *row).collect();
    // Charts are never certain.
    known.insert("helm-chart");
    assert_eq!(listed.collect::<BTreeSet<_>>(), known);
}

#[test]
fn what_is_not_known_is_not_certain() {
    let chart = r#"resource "helm_release" "x" {
                     set {
                       name  = "controller.service.type"
                       value = "LoadBalancer"
                     }
                   }"#;
    assert!(rows(chart).1.contains("helm-chart"));
    let (_, url, _) = ROWS.iter().find(|(row, ..)| *row == "lambda-url").expect("listed");
    let asked = url.replace("\"NONE\"", "var.auth") + "\nvariable \"auth\" {}\n";
    let (certain, may) = rows(&asked);
    assert!(certain.is_empty() && may.contains("lambda-url"));
}

#[test]
fn both_identities_of_a_task_are_told_apart() {
    let analysis = scan(
        r#"resource "aws_ecs_task_definition" "x" {
             task_role_arn      = "arn:aws:iam::123456789012:role/task"
             execution_role_arn = "arn:aws:iam::123456789012:role/agent"
           }
           resource "aws_ecs_service" "x" {
             task_definition = aws_ecs_task_definition.x.arn
             network_configuration {
               assign_public_ip = true
               security_groups  = [aws_security_group.x.id]
             }
           }
           resource "aws_security_group" "x" {
             ingress {
               protocol    = "tcp"
               cidr_blocks = ["0.0.0.0/0"]
             }
           }"#,
    );
    let model = &analysis.estate.models[0];
    let found: Vec<_> =
        exposures(model).iter().map(|one| (model.describe(&one.runs_as), one.reach)).collect();
    assert_eq!(found, [("arn:aws:iam::123456789012:role/task".to_string(), Reach::Internet)]);
}

fn said(analysis: &Analysis, rule: &str) -> Vec<(Severity, Vec<&'static str>)> {
    let found = analysis.findings.iter().filter(|finding| finding.rule == rule);
    found.map(|finding| (finding.severity, finding.merged.clone())).collect()
}

const HOOK: &str = r#"
    resource "aws_lambda_function" "hook" {
      function_name = "hook"
      role          = aws_iam_role.hook.arn
      environment {
        variables = { KEY = aws_iam_access_key.k.secret }
      }
    }
    resource "aws_lambda_function_url" "hook" {
      function_name      = aws_lambda_function.hook.function_name
      authorization_type = "NONE"
    }
    resource "aws_iam_role" "hook" {
      name               = "hook"
      assume_role_policy = "{}"
    }
    resource "aws_iam_role_policy" "hook" {
      role   = aws_iam_role.hook.id
      policy = jsonencode({ Statement = [
        { Effect = "Allow", Action = "dynamodb:*", Resource = "*" },
        { Effect = "Allow", Action = "s3:GetObject", Resource = "*" },
      ] })
    }
    resource "aws_iam_access_key" "k" {
      user = "svc"
    }
"#;

#[test]
fn one_cause_is_said_once_and_weighs_more() {
    let open = scan(HOOK);
    assert_eq!(
        said(&open, "exposed-workload-privileged-identity"),
        [(Severity::Critical, vec!["anonymous-endpoint-with-identity"])]
    );
    assert_eq!(
        said(&open, "exposed-workload-static-key"),
        [(Severity::Critical, vec!["secret-in-workload-env"])]
    );
    assert!(said(&open, "anonymous-endpoint-with-identity").is_empty());
    assert!(said(&open, "secret-in-workload-env").is_empty());
    assert_eq!(said(&open, "wildcard-action")[0].0, Severity::Critical);
    assert_eq!(said(&open, "long-lived-static-credential")[0].0, Severity::Critical);

    let signed = scan(&HOOK.replace("NONE", "AWS_IAM"));
    assert!(said(&signed, "exposed-workload-privileged-identity").is_empty());
    assert_eq!(said(&signed, "wildcard-action")[0].0, Severity::High);
    assert_eq!(said(&signed, "secret-in-workload-env").len(), 1);
}

#[test]
fn a_key_for_pipelines_is_said_once() {
    let only_there = r#"
        resource "aws_iam_access_key" "ci" {
          user = "ci"
        }
        resource "github_actions_secret" "ci" {
          repository      = "app"
          secret_name     = "AWS_SECRET_ACCESS_KEY"
          plaintext_value = aws_iam_access_key.ci.secret
        }
    "#;
    let found = said(&scan(only_there), "ci-cloud-key-instead-of-oidc");
    let merged: BTreeSet<_> = found[0].1.iter().copied().collect();
    assert_eq!(merged, BTreeSet::from(["github-secret-plaintext", "long-lived-static-credential"]));

    let elsewhere = format!("{only_there}\noutput \"key\" {{\n value = aws_iam_access_key.ci.secret\n}}\n");
    let analysis = scan(&elsewhere);
    assert_eq!(said(&analysis, "ci-cloud-key-instead-of-oidc")[0].1, ["github-secret-plaintext"]);
    assert_eq!(said(&analysis, "long-lived-static-credential").len(), 1);
}

#[test]
fn a_literal_key_on_the_internet_is_never_shown() {
    // Put together here, so that no scanner of this repository takes it for a real one.
    let token = ["ghp", "_R7kQz2LmV9xTb4HsW1yNc8PdJ3fGu61Dg4dh"].concat();
    let text = HOOK.replace("aws_iam_access_key.k.secret", &format!("\"{token}\""));
    let analysis = scan(&text);
    assert_eq!(said(&analysis, "exposed-workload-static-key")[0].1, ["hardcoded-secret"]);
    for finding in &analysis.findings {
        assert!(!format!("{finding:?}").contains(&token), "{}", finding.rule);
    }
}
