//! AWS: instances, launch templates, scaling groups, container services and platforms that the internet gets
//! to. Rows: ec2-public-ip, launch-template-public, asg-behind-public-lb, alb-public, ecs-public, apprunner,
//! eks-public-endpoint, beanstalk. Source: the Terraform Registry page of each type; Amazon EC2 User Guide,
//! "Public IPv4 addresses"; Amazon EKS User Guide, "Cluster API server endpoint".

use super::balancers::{Front, Fronts, TARGET_GROUPS};
use super::firewalls::{Door, SecurityGroups};
use super::index::{at, is, is_everywhere, says};
use super::{Finder, Label, Reach, Way};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;
use crate::identity::model::Subject;

const INSTANCES: [&str; 2] = ["aws_instance", "aws_spot_instance_request"];
const LAUNCHED: [&str; 2] = ["aws_launch_template", "aws_launch_configuration"];

pub(super) fn find<'m>(finder: &mut Finder<'m, '_>, groups: &SecurityGroups, fronts: &Fronts<'m>) {
    let index = finder.index;
    for instance in index.all(&INSTANCES) {
        ec2_public_ip(finder, groups, instance);
    }
    for launched in index.all(&LAUNCHED) {
        launch_template_public(finder, groups, launched);
    }
    for group in index.all(&["aws_autoscaling_group"]) {
        behind_balancer(finder, fronts, group);
    }
    for attachment in index.all(&["aws_lb_target_group_attachment", "aws_alb_target_group_attachment"]) {
        attached_instance(finder, fronts, attachment);
    }
    classic(finder, fronts);
    for service in index.all(&["aws_ecs_service"]) {
        ecs_public(finder, groups, fronts, service);
    }
    for service in index.all(&["aws_apprunner_service"]) {
        apprunner(finder, service);
    }
    for cluster in index.all(&["aws_eks_cluster"]) {
        eks_public_endpoint(finder, cluster);
    }
    for environment in index.all(&["aws_elastic_beanstalk_environment"]) {
        beanstalk(finder, environment);
    }
}

fn ec2_public_ip(finder: &mut Finder<'_, '_>, groups: &SecurityGroups, instance: &Resource) {
    let (address, mut because) = public_address(finder, instance);
    let mut door = Door { open: Tri::No, because: None };
    let interfaces = own_interfaces(finder, instance);
    let bodies = std::iter::once(&instance.body).chain(interfaces.iter().map(|one| &one.body));
    for body in bodies {
        for name in ["vpc_security_group_ids", "security_groups"] {
            if let Some(value) = body.value(name) {
                let found = groups.of(finder.index, value);
                door.widen((found.open, found.because));
            }
        }
    }
    because.splice(0..0, door.because);
    let runs_as = finder.index.runs_as(instance, &[]);
    let way = Way {
        row: "ec2-public-ip",
        reach: Reach::Internet,
        open: address.and(door.open),
        through: "its public address and an open security group".to_string(),
        because,
        declared_by: finder.model.resource(instance.id),
        attribute: "vpc_security_group_ids",
    };
    finder.add(instance, runs_as, way);
}

/// Network interfaces that are declared apart from the instance.
fn own_interfaces<'m>(finder: &Finder<'m, '_>, instance: &Resource) -> Vec<&'m Resource> {
    let mut values: Vec<Value> = Vec::new();
    for path in ["network_interface.network_interface_id", "primary_network_interface.network_interface_id"] {
        values.extend(instance.body.at_path(path).into_iter().map(|(_, value)| value));
    }
    values.iter().flat_map(|value| finder.index.targets(value, &["aws_network_interface"])).collect()
}

/// Whether an instance has an address on the internet, and what gives it one.
fn public_address(finder: &Finder<'_, '_>, instance: &Resource) -> (Tri, Vec<Label>) {
    let (index, body) = (finder.index, &instance.body);
    let mut owners = vec![instance.id];
    owners.extend(own_interfaces(finder, instance).iter().map(|one| one.id));
    for owner in owners {
        for kind in ["aws_eip", "aws_eip_association"] {
            let found = ["instance", "instance_id", "network_interface", "network_interface_id"]
                .into_iter()
                .find_map(|name| index.users(owner, &[kind], name).next());
            if let Some(address) = found {
                return (Tri::Yes, vec![(address.header(), "gives it a public address".to_string())]);
            }
        }
    }
    if body.value("associate_public_ip_address").is_some() {
        let span = at(instance, body, "associate_public_ip_address");
        let given = is(body, "associate_public_ip_address", false);
        return (given, vec![(span, "has a public address".to_string())]);
    }
    let subnet = body.value("subnet_id");
    let known = index.target(body, "subnet_id", &["aws_subnet", "aws_default_subnet"]);
    match (subnet, known) {
        (_, Some(subnet)) => {
            let by_default = &*subnet.kind == "aws_default_subnet";
            let span = at(subnet, &subnet.body, "map_public_ip_on_launch");
            let given = is(&subnet.body, "map_public_ip_on_launch", by_default);
            (given, vec![(span, "its subnet gives public addresses".to_string())])
        }
        // The default subnets of an account give addresses, unless somebody changed or deleted them.
        (None, _) => (Tri::Maybe, vec![(instance.header(), "in a default subnet".to_string())]),
        // Nothing speaks for an address.
        (Some(_), None) => (Tri::No, Vec::new()),
    }
}

fn launch_template_public(finder: &mut Finder<'_, '_>, groups: &SecurityGroups, template: &Resource) {
    let body = &template.body;
    let mut interfaces = body.blocks("network_interfaces");
    if &*template.kind == "aws_launch_configuration" {
        interfaces = vec![body.clone()];
    }
    for interface in interfaces {
        let address = is(&interface, "associate_public_ip_address", false);
        let mut door = Door { open: Tri::No, because: None };
        for value in
            [interface.value("security_groups"), body.value("vpc_security_group_ids")].into_iter().flatten()
        {
            let found = groups.of(finder.index, value);
            door.widen((found.open, found.because));
        }
        let mut because: Vec<Label> = door.because.into_iter().collect();
        let span = at(template, &interface, "associate_public_ip_address");
        because.push((span, "its instances have public addresses".to_string()));
        let way = Way {
            row: "launch-template-public",
            reach: Reach::Internet,
            open: address.and(door.open),
            through: "public addresses and an open security group".to_string(),
            because,
            declared_by: finder.model.resource(template.id),
            attribute: "network_interfaces",
        };
        let runs_as = finder.index.runs_as(template, &[]);
        finder.add(template, runs_as, way);
    }
}

/// Launch templates and configurations of a scaling group.
fn launched_by<'m>(finder: &Finder<'m, '_>, group: &Resource) -> Vec<&'m Resource> {
    let paths = [
        "launch_template.id",
        "launch_template.name",
        "launch_configuration",
        "mixed_instances_policy.launch_template.launch_template_specification.launch_template_id",
        "mixed_instances_policy.launch_template.launch_template_specification.launch_template_name",
    ];
    let named = paths.iter().flat_map(|path| group.body.at_path(path));
    named.flat_map(|(_, value)| finder.index.targets(&value, &LAUNCHED)).collect()
}

fn behind_balancer<'m>(finder: &mut Finder<'m, '_>, fronts: &Fronts<'m>, group: &'m Resource) {
    let index = finder.index;
    let mut values: Vec<Value> = ["target_group_arns", "load_balancers"]
        .into_iter()
        .filter_map(|name| group.body.value(name).cloned())
        .collect();
    values.extend(group.body.at_path("traffic_source.identifier").into_iter().map(|(_, value)| value));
    let attachments = ["aws_autoscaling_attachment", "aws_autoscaling_traffic_source_attachment"];
    for attachment in index.users(group.id, &attachments, "autoscaling_group_name") {
        for name in ["lb_target_group_arn", "alb_target_group_arn", "elb", "traffic_source.identifier"] {
            values.extend(attachment.body.at_path(name).into_iter().map(|(_, value)| value));
        }
    }
    let mut kinds = TARGET_GROUPS.to_vec();
    kinds.push("aws_elb");
    let targets: Vec<_> = values.iter().flat_map(|value| index.targets(value, &kinds)).collect();
    for launched in launched_by(finder, group) {
        let runs_as = index.runs_as(launched, &[]);
        for front in targets.iter().flat_map(|target| fronts.of(target.id)) {
            let way = through(front, "asg-behind-public-lb", (group.header(), "its instances are behind it"));
            finder.add(launched, runs_as.clone(), way);
        }
    }
}

fn attached_instance<'m>(finder: &mut Finder<'m, '_>, fronts: &Fronts<'m>, attachment: &'m Resource) {
    let index = finder.index;
    let Some(group) = index.target(&attachment.body, "target_group_arn", &TARGET_GROUPS) else { return };
    let Some(instance) = index.target(&attachment.body, "target_id", &INSTANCES) else { return };
    for front in fronts.of(group.id) {
        let way = through(front, "alb-public", (attachment.header(), "puts it behind it"));
        finder.add(instance, index.runs_as(instance, &[]), way);
    }
}

fn classic<'m>(finder: &mut Finder<'m, '_>, fronts: &Fronts<'m>) {
    let index = finder.index;
    for balancer in index.all(&["aws_elb"]) {
        let mut values: Vec<&Value> = balancer.body.value("instances").into_iter().collect();
        let attachments = index.users(balancer.id, &["aws_elb_attachment"], "elb");
        values.extend(attachments.filter_map(|attachment| attachment.body.value("instance")));
        for instance in values.into_iter().flat_map(|value| index.targets(value, &INSTANCES)) {
            for front in fronts.of(balancer.id) {
                let way = through(front, "alb-public", (balancer.header(), "sends requests to it"));
                finder.add(instance, index.runs_as(instance, &[]), way);
            }
        }
    }
}

/// A way through a load balancer, with the last step to the workload.
pub(super) fn through<'m>(
    front: &Front<'m>,
    row: &'static str,
    last: (crate::source::Span, &str),
) -> Way<'m> {
    let mut because = front.because.clone();
    because.push((last.0, last.1.to_string()));
    Way {
        row,
        reach: Reach::Internet,
        open: front.open,
        through: format!("load balancer `{}`", front.balancer.address),
        because,
        declared_by: front.balancer,
        attribute: "internal",
    }
}

fn ecs_public<'m>(
    finder: &mut Finder<'m, '_>,
    groups: &SecurityGroups,
    fronts: &Fronts<'m>,
    service: &'m Resource,
) {
    let (index, body) = (finder.index, &service.body);
    let Some(task) = index.target(body, "task_definition", &["aws_ecs_task_definition"]) else { return };
    // The execution role is the agent's: code in the containers does not get it.
    // Source: Amazon ECS Developer Guide, "Task execution IAM role".
    let runs_as = index.runs_as(task, &["task_role_arn"]);
    for network in body.blocks("network_configuration") {
        let door = network.value("security_groups").map(|value| groups.of(index, value));
        let Some(door) = door else { continue };
        let mut because: Vec<Label> = door.because.into_iter().collect();
        because
            .push((at(service, &network, "assign_public_ip"), "its tasks have public addresses".to_string()));
        let way = Way {
            row: "ecs-public",
            reach: Reach::Internet,
            open: is(&network, "assign_public_ip", false).and(door.open),
            through: format!("the public addresses of `{}` and an open security group", service.address),
            because,
            declared_by: service,
            attribute: "network_configuration.assign_public_ip",
        };
        finder.add(task, runs_as.clone(), way);
    }
    let mut kinds = TARGET_GROUPS.to_vec();
    kinds.push("aws_elb");
    for balanced in body.blocks("load_balancer") {
        let values = ["target_group_arn", "elb_name"].into_iter().filter_map(|name| balanced.value(name));
        for target in values.flat_map(|value| index.targets(value, &kinds)) {
            for front in fronts.of(target.id) {
                let way = through(front, "ecs-public", (service.header(), "its tasks are behind it"));
                finder.add(task, runs_as.clone(), way);
            }
        }
    }
}

fn apprunner<'m>(finder: &mut Finder<'m, '_>, service: &'m Resource) {
    let network = service.body.block("network_configuration");
    let ingress = network.and_then(|network| network.block("ingress_configuration")).unwrap_or_default();
    let span = match ingress.attr("is_publicly_accessible") {
        Some(attr) => attr.value.meta.span.unwrap_or(attr.expr_span),
        None => service.header(),
    };
    let way = Way {
        row: "apprunner",
        reach: Reach::Internet,
        open: is(&ingress, "is_publicly_accessible", true),
        through: "its public address".to_string(),
        because: vec![(span, "reachable from the internet".to_string())],
        declared_by: service,
        attribute: "network_configuration.ingress_configuration.is_publicly_accessible",
    };
    let runs_as = finder.index.runs_as(service, &["instance_configuration.instance_role_arn"]);
    finder.add(service, runs_as, way);
}

fn eks_public_endpoint<'m>(finder: &mut Finder<'m, '_>, cluster: &'m Resource) {
    let vpc = cluster.body.block("vpc_config").unwrap_or_default();
    let everywhere = match vpc.value("public_access_cidrs") {
        None => Tri::Yes,
        Some(value) if value.as_slice().iter().any(|item| item.as_str().is_some_and(is_everywhere)) => {
            Tri::Yes
        }
        Some(value) if value.is_wholly_known() => Tri::No,
        Some(_) => Tri::Maybe,
    };
    let name = match vpc.value("public_access_cidrs") {
        Some(_) => "public_access_cidrs",
        None => "endpoint_public_access",
    };
    let span = match vpc.attr(name) {
        Some(attr) => attr.value.meta.span.unwrap_or(attr.expr_span),
        None => cluster.header(),
    };
    let way = Way {
        row: "eks-public-endpoint",
        reach: Reach::ControlPlane,
        open: is(&vpc, "endpoint_public_access", true).and(everywhere),
        through: "its public API server".to_string(),
        because: vec![(span, "its API server is reachable from anywhere".to_string())],
        declared_by: cluster,
        attribute: "vpc_config.public_access_cidrs",
    };
    let runs_as = finder.index.runs_as(cluster, &[]);
    finder.add(cluster, runs_as, way);
}

fn beanstalk<'m>(finder: &mut Finder<'m, '_>, environment: &'m Resource) {
    let settings = environment.body.blocks("setting");
    let setting = |namespace: &str, name: &str| {
        settings.iter().find(|one| one.text("namespace") == Some(namespace) && one.text("name") == Some(name))
    };
    let profile = setting("aws:autoscaling:launchconfiguration", "IamInstanceProfile");
    let runs_as: Vec<Subject> = profile
        .and_then(|profile| profile.value("value"))
        .map(|value| finder.index.subjects(value, environment))
        .unwrap_or_default();
    let scheme = setting("aws:ec2:vpc", "ELBScheme");
    let empty = BlockValue::default();
    let internal = says(scheme.unwrap_or(&empty), "value", false, |text| text == "internal");
    let worker = says(&environment.body, "tier", false, |tier| tier == "Worker");
    let span = scheme.map_or(environment.header(), |scheme| at(environment, scheme, "value"));
    let way = Way {
        row: "beanstalk",
        reach: Reach::Internet,
        open: !internal.or(worker),
        through: "the load balancer of its environment".to_string(),
        because: vec![(span, "faces the internet".to_string())],
        declared_by: environment,
        attribute: "setting",
    };
    finder.add(environment, runs_as, way);
}
