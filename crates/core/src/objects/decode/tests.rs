use super::*;
use crate::yaml::{self, Limits};

fn stream(text: &str) -> yaml::Stream {
    yaml::read(text, 0, 0, &Limits::default())
}

fn decode_text(text: &str) -> Result<Decoded, Refusal> {
    let stream = stream(text);
    let document = &stream.documents[0];
    decode(&document.root, None, &document.duplicates)
}

fn message(text: &str) -> String {
    match decode_text(text) {
        Ok(decoded) => format!("{:?}", decoded.value),
        Err(refusal) => refusal.message,
    }
}

/// A Service whose spec and labels are given.
fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {spec}\n")
}

#[test]
fn type_errors_have_the_servers_words() {
    for (spec, want) in [
        ("{ports: [{port: 80.5}]}", "number 80.5 into Go struct field ServicePort.spec.ports.port of type int32"),
        ("{ports: [{port: '80'}]}", "string into Go struct field ServicePort.spec.ports.port of type int32"),
        (
            "{ports: [{port: 4294967296}]}",
            "number 4294967296 into Go struct field ServicePort.spec.ports.port of type int32",
        ),
        ("{ports: [{port: 80, name: 80}]}", "number into Go struct field ServicePort.spec.ports.name of type string"),
        (
            "{ports: [{port: 80, targetPort: 80.5}]}",
            "number 80.5 into Go struct field ServicePort.spec.ports.targetPort of type int32",
        ),
        (
            "{ports: [{port: 80, targetPort: true}]}",
            "bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
        ),
        ("{ports: [80]}", "number into Go struct field ServiceSpec.spec.ports of type v1.ServicePort"),
        ("{ports: {port: 80}}", "object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort"),
        ("{selector: {app: 1}}", "number into Go struct field ServiceSpec.spec.selector of type string"),
        ("{selector: {matchLabels: {a: b}}}", "object into Go struct field ServiceSpec.spec.selector of type string"),
        ("{selector: [a]}", "array into Go struct field ServiceSpec.spec.selector of type map[string]string"),
        ("{type: true}", "bool into Go struct field ServiceSpec.spec.type of type v1.ServiceType"),
        ("{ipFamilies: [4]}", "number into Go struct field ServiceSpec.spec.ipFamilies of type v1.IPFamily"),
        ("{ipFamilies: IPv4}", "string into Go struct field ServiceSpec.spec.ipFamilies of type []v1.IPFamily"),
        (
            "{publishNotReadyAddresses: 'true'}",
            "string into Go struct field ServiceSpec.spec.publishNotReadyAddresses of type bool",
        ),
        (
            "{sessionAffinityConfig: 5}",
            "number into Go struct field ServiceSpec.spec.sessionAffinityConfig of type v1.SessionAffinityConfig",
        ),
        ("[]", "array into Go struct field Service.spec of type v1.ServiceSpec"),
        // Names sort before the type is looked at: ports come before selector.
        (
            "{selector: {a: 1}, ports: [{port: x}]}",
            "string into Go struct field ServicePort.spec.ports.port of type int32",
        ),
        // The decoder of IntOrString ends everything, whatever was wrong before.
        (
            "{ports: [{port: x, targetPort: 1.5}]}",
            "number 1.5 into Go struct field ServicePort.spec.ports.targetPort of type int32",
        ),
    ] {
        let want = format!("Service in version \"v1\" cannot be handled as a Service: json: cannot unmarshal {want}");
        assert_eq!(message(&service(spec)), want, "{spec}");
    }
}

#[test]
fn labels_and_annotations_must_be_strings() {
    for (labels, found) in
        [("{app: yes}", "bool"), ("{app: 1.0}", "number"), ("{app: 0x10}", "number"), ("{app: {a: b}}", "object")]
    {
        let text = format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web, labels: {labels}}}\n");
        let refusal = decode_text(&text).unwrap_err();
        let want =
            format!("json: cannot unmarshal {found} into Go struct field ObjectMeta.metadata.labels of type string");
        assert_eq!(refusal.message, format!("Service in version \"v1\" cannot be handled as a Service: {want}"));
        assert_eq!((refusal.code, refusal.reason), (400, "BadRequest"));
        assert_eq!(refusal.places, [("metadata.labels.app".to_string(), want)]);
    }
}

#[test]
fn unknown_fields_come_in_the_order_of_names() {
    let text = "kind: Service\napiVersion: v1\nzoo: 1\nspec: {ports: [{port: 80, targetport: 1}, {nodeport: 2, port: 81}], foo: bar}\nmetadata: {name: web, lables: {}}\n";
    assert_eq!(
        message(text),
        "Service in version \"v1\" cannot be handled as a Service: strict decoding error: unknown field \"metadata.lables\", \
         unknown field \"spec.foo\", unknown field \"spec.ports[0].targetport\", unknown field \"spec.ports[1].nodeport\", \
         unknown field \"zoo\""
    );
    let stream = stream(text);
    let refusal = decode(&stream.documents[0].root, None, &[]).unwrap_err();
    for (path, _) in &refusal.places {
        assert!(stream.documents[0].root.locate(path).is_some(), "{path}");
    }
}

#[test]
fn duplicates_are_told_with_their_lines_before_unknown_fields() {
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  name: b\nspec:\n  foo: 1\n  ports:\n  - port: 80\n    port: 81\n";
    // Lines are counted from the start of the document, as it would be sent.
    let both = stream(&format!("a: 1\n---\n{text}"));
    let second = decode(&both.documents[1].root, None, &both.documents[1].duplicates);
    assert_eq!(
        second.unwrap_err().message,
        "Service in version \"v1\" cannot be handled as a Service: strict decoding error: yaml: unmarshal errors:\n  \
         line 5: key \"name\" already set in map\n  line 10: key \"port\" already set in map, unknown field \"spec.foo\""
    );
    let refusal = decode_text(text).unwrap_err();
    let paths: Vec<_> = refusal.places.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["metadata.name", "spec.ports[0].port", "spec.foo"]);
}

#[test]
fn kinds_and_versions_are_recognized() {
    for (head, want) in [
        (
            "apiVersion: v2\nkind: Service",
            "Service in version \"v2\" cannot be handled as a Service: no kind \"Service\" is registered for version \"v2\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        ),
        (
            "apiVersion: v1\nkind: Services",
            "Services in version \"v1\" cannot be handled as a Service: no kind \"Services\" is registered for version \"v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        ),
        (
            "apiVersion: v1\nkind: Deployment",
            "Deployment in version \"v1\" cannot be handled as a Deployment: no kind \"Deployment\" is registered for version \"v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        ),
        ("apiVersion: v1\nkind: Frobnicator", "no matches for kind \"Frobnicator\" in version \"v1\""),
        (
            "apiVersion: v1\nkind: 5",
            "the object provided is unrecognized (must be of type Service): couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({\"apiVersion\":\"v1\",\"kind\":5})",
        ),
        (
            "apiVersion: a/b/c\nkind: Service",
            "the object provided is unrecognized (must be of type Service): unexpected GroupVersion string: a/b/c ({\"apiVersion\":\"a/b/c\",\"kind\":\" ...)",
        ),
        ("apiVersion: v1", "Object 'Kind' is missing"),
    ] {
        assert_eq!(message(head), want);
    }
    let own = decode_text("apiVersion: example.com/v1\nkind: Service\nspec: {a: [1, null]}").unwrap();
    assert!(own.known.is_none() && own.value.at("spec.a.1") == Some(&Value::Null));
    assert!(decode_text("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}").unwrap().known.is_none());
    let defaulted = decode_text("kind: Service\nmetadata: {name: a}").unwrap();
    assert_eq!((defaulted.defaulted.as_slice(), defaulted.api_version.as_str()), (&["apiVersion"][..], "v1"));
    assert_eq!(defaulted.value.get("apiVersion"), Some(&Value::from("v1")));
}

#[test]
fn an_object_at_the_url_of_another_kind_is_refused() {
    let sent = |text: &str| {
        let stream = stream(text);
        decode(&stream.documents[0].root, Some("Service"), &[]).map(|_| ()).unwrap_err().message
    };
    for (text, want) in [
        (
            "apiVersion: v1\nkind: Pod\nspec: {ports: []}",
            "Pod in version \"v1\" cannot be handled as a Service: converting (v1.Pod) to (core.Service): unknown conversion",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap",
            "ConfigMap in version \"v1\" cannot be handled as a Service: converting (v1.ConfigMap) to (core.Service): unknown conversion",
        ),
        (
            "apiVersion: example.com/v1\nkind: Service",
            "Service in version \"v1\" cannot be handled as a Service: no kind \"Service\" is registered for version \"example.com/v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        ),
        (
            "- a",
            "the object provided is unrecognized (must be of type Service): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" } (5b2261225d)",
        ),
    ] {
        assert_eq!(sent(text), want);
    }
}

#[test]
fn values_come_in_the_servers_order_without_what_it_does_not_print() {
    let decoded = decode_text(
        "spec:\n  type: NodePort\n  publishNotReadyAddresses: false\n  clusterIP: ''\n  externalIPs: []\n  allocateLoadBalancerNodePorts: false\n  \
         ports: [{targetPort: 08, protocol: TCP, port: 8e1, nodePort: 0, name: null}]\n  selector: {b: x, a: z}\nmetadata: {labels: {}, name: web}\nkind: Service\napiVersion: v1\n",
    )
    .unwrap();
    let spec = decoded.value.get("spec").unwrap();
    let names: Vec<_> = spec.members().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ports", "selector", "type", "allocateLoadBalancerNodePorts"]);
    assert_eq!(
        spec.at("ports.0"),
        Some(&Value::object([
            ("protocol", Value::from("TCP")),
            ("port", Value::Int(80)),
            ("targetPort", Value::Int(8))
        ]))
    );
    assert_eq!(decoded.value.members()[0].0, "kind");
    assert_eq!(spec.get("selector").unwrap().members()[0].0, "a");
}

#[test]
fn what_is_not_modelled_is_told() {
    let decoded = decode_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  affinity: {podAffinity: {}}\n  hostAliases: []\n  containers:\n  - name: a\n    image: b\n    lifecycle: {preStop: {sleep: {seconds: 5}}, postStart: {sleep: {seconds: 1}}}\n    resources: {limits: {cpu: 1, memory: 1Gi}}\n",
    )
    .unwrap();
    assert_eq!(decoded.not_modelled, ["spec.affinity", "spec.containers[0].lifecycle.postStart"]);
    assert_eq!(decoded.value.at("spec.containers.0.resources.limits.cpu"), Some(&Value::from("1")));
}

#[test]
fn lists_are_taken_apart() {
    let text =
        "apiVersion: v1\nkind: List\nitems:\n- {kind: Pod}\n- {kind: ServiceList, items: [{kind: Service}, {}]}\n";
    let stream = stream(text);
    let paths: Vec<_> = objects_of(&stream.documents[0].root).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["items[0]", "items[1].items[0]", "items[1].items[1]"]);
}

#[test]
fn unreadable_documents_are_refused_as_the_server_refuses_them() {
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n\tname: web\nspec: {}\n";
    let stream = stream(text);
    let broken = &stream.broken[0];
    let body = &text[broken.span.start as usize..broken.span.end as usize];
    assert_eq!(
        refuse_unreadable(body, &broken.message).message,
        "the object provided is unrecognized (must be of type Service): yaml: line 4: found character that cannot start \
         any token (61706956657273696f6e3a2076310a6b696e643a20536572766963650a6d ...)"
    );
}

#[test]
fn every_table_names_each_field_once() {
    fn walk(ty: &Type, seen: &mut Vec<&'static str>, depth: usize) {
        let Some(table) = schema::struct_in(ty) else { return };
        let mut names: Vec<_> = table.fields.iter().map(|field| field.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{}", table.name);
        if depth < 12 && !seen.contains(&table.name) {
            seen.push(table.name);
            for field in table.fields {
                walk(&field.ty, seen, depth + 1);
            }
        }
    }
    for kind in schema::KINDS {
        walk(&Type::Struct(kind.table), &mut Vec::new(), 0);
    }
}
