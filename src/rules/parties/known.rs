//! Accounts and names of companies that ask for a role in their customers' accounts.

/// Accounts from which products work in those of their customers. Each is in the vendor's own guide to setting up
/// its AWS integration, as listed with the address of that guide by the community at fwd:cloudsec ("Known AWS
/// accounts").
const VENDORS: &[(&str, &str)] = &[
    ("008923505280", "Grafana Cloud"),
    ("165736516723", "Cloudability"),
    ("188619942792", "Prisma Cloud"),
    ("324880187172", "Spacelift"),
    ("352813966189", "CloudCheckr"),
    ("414351767826", "Databricks"),
    ("434813966438", "Lacework"),
    ("454464851268", "CloudHealth"),
    ("464622532012", "Datadog"),
    ("509560245411", "Dynatrace"),
    ("595280932656", "Segment"),
    ("717210094962", "Trend Micro"),
    ("754728514883", "New Relic"),
    ("834469178297", "Fivetran"),
    ("922761411349", "Spot"),
    ("926226587429", "Sumo Logic"),
    ("956993596390", "Vanta"),
];

/// Accounts from which AWS itself delivers, before service principals took their place.
/// Source: Elastic Load Balancing User Guide, "Enable access logs for your Application Load Balancer", the table of
/// Regions available before August 2022, those of GovCloud and China included.
const AWS: &[&str] = &[
    "009996457667",
    "027434742980",
    "033677994240",
    "037604701340",
    "048591011584",
    "054676820928",
    "076674570225",
    "098369216593",
    "114774131450",
    "127311923021",
    "156460612806",
    "190560391635",
    "383597477331",
    "507241528517",
    "582318560864",
    "589379963580",
    "600734575887",
    "635631232127",
    "638102146993",
    "652711504416",
    "718504428378",
    "754344448648",
    "783225319266",
    "797873946194",
    "897822967062",
    "985666609251",
];

/// Words that say somebody from outside is meant, and names of products that integrate with AWS accounts.
/// Two words are written together.
const WORDS: &[&str] = &[
    "3rdparty",
    "auth0",
    "cloudability",
    "cloudcheckr",
    "cloudhealth",
    "cloudzero",
    "consultancy",
    "contractor",
    "cortex",
    "crowdstrike",
    "databricks",
    "datadog",
    "drata",
    "dynatrace",
    "externalcompany",
    "externalvendor",
    "fivetran",
    "grafanacloud",
    "hightouch",
    "honeycomb",
    "lacework",
    "logzio",
    "newrelic",
    "okta",
    "opsgenie",
    "orcasecurity",
    "pagerduty",
    "partner",
    "prismacloud",
    "qualys",
    "rapid7",
    "saas",
    "secureframe",
    "snowflake",
    "snyk",
    "spacelift",
    "splunk",
    "spotinst",
    "sumologic",
    "supplier",
    "sysdig",
    "tenable",
    "thirdparty",
    "trendmicro",
    "vanta",
    "vendor",
    "vendors",
    "wiz",
];

pub(super) fn vendor(account: &str) -> Option<&'static str> {
    VENDORS.binary_search_by_key(&account, |row| row.0).ok().map(|at| VENDORS[at].1)
}

pub(super) fn is_aws(account: &str) -> bool {
    AWS.binary_search(&account).is_ok()
}

/// The text speaks of an account that is not the one at hand.
pub(super) fn says_other(text: &str) -> bool {
    let words = Words::of(text);
    let words: Vec<&str> = words.iter().collect();
    let pairs = ["crossaccount", "otheraccount", "foreignaccount", "remoteaccount"];
    words.windows(2).any(|pair| pairs.contains(&pair.concat().as_str()))
        || words.iter().any(|word| matches!(*word, "crossaccount" | "foreign" | "external"))
}

/// The word in a name or sentence that speaks of somebody from outside.
pub(super) fn word_in(text: &str) -> Option<&'static str> {
    let Words { text, ends } = &Words::of(text);
    let known = |word: &str| WORDS.binary_search(&word).ok().map(|at| WORDS[at]);
    let start = |at: usize| at.checked_sub(1).map_or(0, |before| ends[before]);
    let single = (0..ends.len()).find_map(|at| known(&text[start(at)..ends[at]]));
    single.or_else(|| (1..ends.len()).find_map(|at| known(&text[start(at - 1)..ends[at]])))
}

/// Lower-case words without anything between them, cut where camelCase turns as well.
struct Words {
    text: String,
    ends: Vec<usize>,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Words { text: String::with_capacity(text.len()), ends: Vec::new() };
        let mut was_lower = false;
        for c in text.chars() {
            if (was_lower && c.is_uppercase()) || !c.is_alphanumeric() {
                words.cut();
            }
            if c.is_alphanumeric() {
                words.text.extend(c.to_lowercase());
            }
            was_lower = c.is_lowercase();
        }
        words.cut();
        words
    }

    fn cut(&mut self) {
        if self.ends.last().copied().unwrap_or(0) < self.text.len() {
            self.ends.push(self.text.len());
        }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.ends.iter().scan(0, |start, end| Some(&self.text[std::mem::replace(start, *end)..*end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(VENDORS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(AWS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(WORDS.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn words_are_whole() {
        for text in [
            "vendor-access",
            "DatadogIntegration",
            "third_party",
            "Third-Party role",
            "new-relic",
            "NewRelic",
        ] {
            assert!(word_in(text).is_some(), "{text}");
        }
        for text in ["vending", "external-dns", "wizard", "departnering", "relic", "third", ""] {
            assert!(word_in(text).is_none(), "{text}");
        }
    }
}
