//! A plain sentence beside the server's words, where those are hard to read.

use crate::diagnostic::{Diagnostic, Source};

/// Part of a message, and what it means. The first that fits counts.
const SENTENCES: &[(&str, &str)] = &[
    (
        "lowercase RFC 1123 label",
        "Only lower-case letters, digits and - are allowed, at most 63 characters, with a letter or digit at both ends.",
    ),
    (
        "lowercase RFC 1123 subdomain",
        "Only lower-case letters, digits, - and . are allowed, with a letter or digit at both ends of each part.",
    ),
    (
        "a valid label must be an empty string",
        "A label's value has letters, digits, -, _ and ., at most 63 characters, with a letter or digit at both ends.",
    ),
    (
        "name part must consist of",
        "A label's key has letters, digits, -, _ and .; one / may divide it from a domain of its owner.",
    ),
    (
        "a valid label key",
        "A label's key has letters, digits, -, _ and .; one / may divide it from a domain of its owner.",
    ),
    ("must not contain dots", "The name becomes one part of a DNS name, so it has no dots."),
    ("Unsupported value", "Only the listed values are taken, in just this spelling: capitals count."),
    (
        "not in the valid range. The range of valid ports",
        "Node ports come from a range of their own, so that they clash with nothing else on a node.",
    ),
    (
        "provided port is already allocated",
        "Another Service, or another port of this one, has this node port on all nodes.",
    ),
    ("provided IP is already allocated", "Another Service has this address."),
    (
        "does not match the current range",
        "Cluster IPs come from the cluster's service range; its first and last addresses are not given out.",
    ),
    ("spec.parentRef.name: Required value", "The object has no metadata.name."),
    ("name or generateName is required", "The object has no metadata.name."),
    (
        "HealthCheck NodePort",
        "The port where balancers ask for local endpoints is out of range or taken: leave it out, and one is picked.",
    ),
    ("range is full", "All of the range is given out."),
    ("may not change once set", "This cannot be changed on a running object: delete it and create it anew."),
    ("field is immutable", "This cannot be changed on a running object: delete it and create it anew."),
    ("can not be unset", "This cannot be taken away from a running object: delete it and create it anew."),
    ("when releasing the secondary", "A Service that gives up its second family must say SingleStack."),
    ("must be 'RequireDualStack' or 'PreferDualStack'", "Two families need a policy that allows two."),
    (
        "not configured for dual-stack",
        "The cluster has one address family; ClusterConfiguration's serviceSubnet with two ranges would give it two.",
    ),
    ("configured on this cluster", "The cluster has no service range of this family."),
    (
        "may only be set for externally-accessible services",
        "Only a NodePort or LoadBalancer Service, or one with external IPs, has traffic from outside.",
    ),
    ("may only be used when `type` is 'LoadBalancer'", "Only a LoadBalancer Service has this."),
    (
        "may only be set when `type` is 'LoadBalancer' and",
        "Only a LoadBalancer Service with policy Local has a health-check port.",
    ),
    ("may not be used when `type` is 'ClusterIP'", "A ClusterIP Service has no node ports; a NodePort Service has."),
    ("may not be set for ExternalName services", "An ExternalName Service is only an alias in DNS: it has no address."),
    ("may not be set to 'None' for", "Node ports and balancers lead to a cluster IP, which a headless Service lacks."),
    (
        "`selector` does not match template `labels`",
        "The workload would not recognise its own pods: the template must have all labels that the selector asks for.",
    ),
    ("must be greater than 0 and less than 86400", "At least a second and at most a day."),
    ("must not have leading 0s", "A leading zero is read as octal by some programs, so it is not allowed."),
    (
        "must not have bits set beyond the prefix length",
        "A range begins at its first address: all bits after the prefix are 0.",
    ),
    ("must be a valid CIDR value", "An address, a slash and the length of the prefix, such as 203.0.113.0/24."),
    (
        "must contain at least one letter",
        "In quotes it is a port's name, and names have a letter; a number stands without quotes.",
    ),
    ("must be between 1 and 65535", "This is no port number."),
    ("already set in map", "The same key stands twice in one mapping."),
    ("unknown field", "The kind has no such field here: it is misspelt, or belongs elsewhere."),
    ("of type string", "Text is wanted: numbers, true, false, yes, no, on and off need quotes."),
    (
        "cannot unmarshal string into",
        "Something other than text is wanted: a number or true and false without quotes, or fields below.",
    ),
    ("cannot unmarshal number", "The number does not fit: a whole one of 32 bits is wanted, or something else."),
    ("of type []", "A list is wanted: each item begins with - ."),
    ("cannot unmarshal array", "No list is wanted here: one value, or fields without - ."),
    ("cannot unmarshal object", "One value is wanted here, no fields below."),
    ("cannot unmarshal", "The value is of another type than the field."),
    ("is registered for version", "This kind is not in this apiVersion."),
    ("no matches for kind", "The server has no such kind in this apiVersion."),
    ("found character that cannot start any token", "YAML is not indented with tabs: use spaces."),
    ("could not find expected ':'", "A key without its colon, or a line that is indented too little."),
    (
        "mapping values are not allowed",
        "A second colon on the line, or a line that is indented too much: text with a colon needs quotes.",
    ),
    ("did not find expected key", "A line is not indented like those beside it, or a quote or bracket is open."),
    ("did not find expected '-' indicator", "A line of the list is not indented like the others."),
    ("did not find expected ',' or", "A bracket is not closed, or a comma is missing."),
    ("found unexpected end of stream", "A quote is not closed."),
];

/// A sentence of ours about what reader, decoder and server say; nothing where they are plain.
pub(super) fn explain(diagnostic: &Diagnostic) -> Option<String> {
    if diagnostic.source == Source::Portolan {
        return None;
    }
    let message = &diagnostic.message;
    let known = SENTENCES.iter().find(|(words, _)| message.contains(words));
    let sentence = known.map(|(_, sentence)| *sentence).or(match diagnostic.code {
        "field-value-required" => Some("This field must be there."),
        "field-value-duplicate" => Some("Each may stand there once."),
        "already-exists" => Some("An object of this kind and name is there already; the first one stays."),
        _ => None,
    });
    sentence.map(str::to_string)
}
