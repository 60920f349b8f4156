use super::*;

fn show(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Bool(b) => b.to_string(),
        NodeKind::Int(n) => n.to_string(),
        NodeKind::Float(n) => json_float(*n),
        NodeKind::Str(s) => format!("{s:?}"),
        NodeKind::Seq(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
        NodeKind::Map(entries) => format!(
            "{{{}}}",
            entries.iter().map(|e| format!("{:?}:{}", e.key, show(&e.value))).collect::<Vec<_>>().join(",")
        ),
    }
}

fn read_all(text: &str) -> (Vec<String>, Vec<String>) {
    let stream = read(text, 0, 0, &Limits::default());
    (
        stream.documents.iter().map(|d| show(&d.root)).collect(),
        stream.diagnostics.iter().map(|d| d.message.clone()).collect(),
    )
}

fn one(text: &str) -> String {
    let (documents, errors) = read_all(text);
    documents.into_iter().next().unwrap_or_else(|| errors.join("; "))
}

#[test]
fn values_read_as_kubernetes_reads_them() {
    for (text, want) in [
        (
            "a: yes\nb: 'yes'\nc: 0644\nd: 8e1\ne: 80.0\nf: 80.5",
            r#"{"a":true,"b":"yes","c":420,"d":80,"e":80,"f":80.5}"#,
        ),
        ("a:\nb: ~\nc: ''\nd: |\n  x\n", r#"{"a":null,"b":null,"c":"","d":"x\n"}"#),
        ("1: a\ntrue: b\n1.5: c\n0x10: d\ny: e", r#"{"1":"a","true":"b","1.5":"c","16":"d","true":"e"}"#),
        ("- a\n- [1, {b: c}]\n-\n", r#"["a",[1,{"b":"c"}],null]"#),
        (r#"{"a": "x\u00e9\/", "b": [1, 2.5, null, true]}"#, r#"{"a":"xé/","b":[1,2.5,null,true]}"#),
        ("a: &x {p: 1}\nb: *x\nc: [*x]", r#"{"a":{"p":1},"b":{"p":1},"c":[{"p":1}]}"#),
        (
            "a: !!str 5\nb: !!int '7'\nc: !!float 3\nd: !!binary aGk=\ne: !x 5\nf: ! 5",
            r#"{"a":"5","b":7,"c":3,"d":"hi","e":"5","f":5}"#,
        ),
        ("a: !!int 5.5", "yaml: cannot decode !!float `5.5` as a !!int"),
        ("a: 2024-01-02\nb: 12:30", r#"{"a":"2024-01-02","b":"12:30"}"#),
        ("a: .inf", "json: unsupported value: +Inf"),
        ("\u{feff}a: 1\r\nb: x\r\n", r#"{"a":1,"b":"x"}"#),
        ("a: *x", "yaml: unknown anchor 'x' referenced"),
        ("a: &x [*x]", "yaml: anchor 'x' value contains itself"),
        (
            "a: {{ .Values.x }}",
            r#"yaml: invalid map key: map[interface {}]interface {}{".Values.x":interface {}(nil)}"#,
        ),
        ("a: 1\na: 2", r#"{"a":1,"a":2}"#),
    ] {
        assert_eq!(one(text), want, "{text}");
    }
}

#[test]
fn merge_keys_take_effect_where_they_stand() {
    for (text, want) in [
        ("x: &x {a: 1, b: 2}\nw:\n  <<: *x\n  b: 3\n", r#"{"x":{"a":1,"b":2},"w":{"a":1,"b":3}}"#),
        (
            "x: &x {a: 1}\nz: &z {a: 2, c: 3}\nw:\n  <<: [*x, *z]\n",
            r#"{"x":{"a":1},"z":{"a":2,"c":3},"w":{"a":1,"c":3}}"#,
        ),
        ("'<<': {a: 1}", r#"{"<<":{"a":1}}"#),
        ("<<: 5", "yaml: map merge requires map or sequence of maps as the value"),
    ] {
        assert_eq!(one(text), want, "{text}");
    }
}

#[test]
fn syntax_errors_have_go_yamls_words_and_lines() {
    for (text, want) in [
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n   ports:\n    - port: 80\n",
            "yaml: line 7: did not find expected key",
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata:\n\tname: web\nspec: {}\n",
            "yaml: line 4: found character that cannot start any token",
        ),
        ("a: 1\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
        ("a: 1\nb: [1, 2\nc: 3\n", "yaml: line 2: did not find expected ',' or ']'"),
        ("a: 'x\nb: 2\n", "yaml: line 3: found unexpected end of stream"),
        ("a: 1\nb: @x\n", "yaml: line 2: found character that cannot start any token"),
        ("a: 1\nb: \"\\q\"\n", "yaml: line 2: found unknown escape character"),
        ("a: 1\nb\nc: 1\n", "yaml: line 3: could not find expected ':'"),
        ("a: 1\n- b\n", "yaml: line 1: did not find expected key"),
        ("a:\n  - 1\n  b: 2\n", "yaml: line 2: did not find expected '-' indicator"),
        ("a: \u{1}\n", "yaml: control characters are not allowed"),
        ("---\na: 1\n---\nb: 1\nc: d: e\n", "yaml: line 2: mapping values are not allowed in this context"),
    ] {
        let (_, errors) = read_all(text);
        assert_eq!(errors, [want], "{text}");
    }
}

#[test]
fn a_control_character_is_marked_whole() {
    let text = "a: x\u{90}y\n";
    let stream = read(text, 0, 0, &Limits::default());
    let span = stream.diagnostics[0].span;
    assert_eq!(text.get(span.start as usize..span.end as usize), Some("\u{90}"));
}

#[test]
fn broken_syntax_is_told_before_what_cannot_be_a_key() {
    for (text, want) in [
        ("a:\n  b: {{ .Release.Name }}-web\nc: 1\n", "yaml: line 1: did not find expected key"),
        ("a: {{ .Values.x }}\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: !!int x\nb: [\n", "yaml: line 2: did not find expected node content"),
        ("a: .inf\nb: 'x\n", "yaml: line 3: found unexpected end of stream"),
    ] {
        assert_eq!(one(text), want, "{text}");
    }
}

#[test]
fn a_broken_document_costs_only_itself() {
    let stream = read("a: 1\n---\nb: [\n---\nc: 3\n---\n# empty\n---\nd: 4\n", 2, 5, &Limits::default());
    let read: Vec<_> = stream.documents.iter().map(|d| (d.index, d.file, show(&d.root))).collect();
    assert_eq!(read, [(5, 2, r#"{"a":1}"#.into()), (7, 2, r#"{"c":3}"#.into()), (8, 2, r#"{"d":4}"#.into())]);
    assert_eq!(stream.diagnostics.len(), 1);
    assert_eq!((stream.diagnostics[0].document, stream.diagnostics[0].code), (6, "yaml-syntax"));
}

#[test]
fn comments_before_a_document_belong_to_it() {
    let stream = read("# op: patch\na: 1\n---\n# op: put\n# more\nb: 1 # not this\n", 0, 0, &Limits::default());
    let comments: Vec<_> = stream.documents.iter().map(|d| d.comments.clone()).collect();
    assert_eq!(comments, [vec!["op: patch"], vec!["op: put", "more"]]);
}

#[test]
fn spans_cover_what_was_written() {
    let text = "---\nspec:\n  ports:\n  - port: 80\n    name: \"web\"\n  - {port: 81}\n  empty:\nlast: x # c\n";
    let stream = read(text, 0, 0, &Limits::default());
    let root = &stream.documents[0].root;
    let slice = |span: Span| &text[span.start as usize..span.end as usize];
    let value = |path: &str| slice(root.locate(path).unwrap().value);
    assert_eq!(value("spec.ports[0].port"), "80");
    assert_eq!(value("spec.ports[0].name"), "\"web\"");
    assert_eq!(value("spec.ports[0]"), "port: 80\n    name: \"web\"");
    assert_eq!(value("spec.ports[1]"), "{port: 81}");
    assert_eq!(value("spec.ports"), "port: 80\n    name: \"web\"\n  - {port: 81}");
    assert_eq!(value("spec.empty"), "");
    assert_eq!(value("spec"), "ports:\n  - port: 80\n    name: \"web\"\n  - {port: 81}\n  empty");
    assert_eq!(slice(root.locate("spec.Ports[1].PORT").unwrap().name()), "port");
    assert_eq!(slice(root.locate("last").unwrap().key.unwrap()), "last");
    assert!(text[stream.documents[0].span.start as usize..].starts_with("spec:"));
    assert_eq!(root.path_at(text.find("81").unwrap() as u32), ("spec.ports[1].port".to_string(), false));
    assert_eq!(root.path_at(text.find("empty").unwrap() as u32 + 2), ("spec.empty".to_string(), true));
    assert_eq!(root.locate("spec.ports[2]"), None);
    let (near, whole) = root.locate_nearest("spec.ports[1].name");
    assert_eq!((slice(near.value), whole), ("{port: 81}", false));
}

#[test]
fn paths_reach_keys_with_dots() {
    let text = "metadata:\n  labels:\n    app.kubernetes.io/name: x\n";
    let stream = read(text, 0, 0, &Limits::default());
    let root = &stream.documents[0].root;
    for path in ["metadata.labels[app.kubernetes.io/name]", "metadata.labels.app.kubernetes.io/name"] {
        assert!(root.locate(path).is_some(), "{path}");
    }
    for path in ["", ".", "..", "[", "]", "metadata[", "metadata.labels[]", "a.b.c", "[0]", "metadata..labels"] {
        let _ = root.locate(path);
        let _ = root.at_path(path);
    }
}

#[test]
fn limits_stop_what_would_not_end() {
    let limits = Limits::default();
    for open in ["[", "{a: ", "- ", "{? ", "? ", "a: [", "&a [", "!!map {"] {
        let stream = read(&open.repeat(10_000), 0, 0, &limits);
        assert!(stream.documents.is_empty() && stream.diagnostics.len() == 1, "{open}");
    }
    let nested: String = (0..4_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert_eq!(read(&nested, 0, 0, &limits).diagnostics[0].message, "nested deeper than 100 levels");

    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_string();
    for n in 1..10 {
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", [format!("*a{}", n - 1)].repeat_join(10)));
    }
    assert_eq!(one(&bomb), "yaml: document contains excessive aliasing");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), ["*a".to_string()].repeat_join(1000));
    assert_eq!(one(&long), "yaml: document contains excessive aliasing");
}

trait RepeatJoin {
    fn repeat_join(&self, times: usize) -> String;
}

impl RepeatJoin for [String; 1] {
    fn repeat_join(&self, times: usize) -> String {
        vec![self[0].as_str(); times].join(",")
    }
}
