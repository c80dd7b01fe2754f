//! Runtime arguments as tools write them; what differs between them.

use std::collections::BTreeMap;

use inferscope::analysis::arguments::{Arguments, Difference, differences, image, parse, render};
use proptest::prelude::*;

fn of(pairs: &[(&str, &str)]) -> Arguments {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn forms_of_real_tools() {
    let vllm =
        "tensor-parallel-size: 4; max-model-len: 2248; gpu-memory-utilization: 0.9; no-enable-prefix-caching: true; dtype: auto";
    let same = "vllm serve --tensor_parallel_size=4 --max-model-len 2248 --gpu-memory-utilization '0.9' --no-enable-prefix-caching --dtype auto";
    let expected = of(&[
        ("tensor-parallel-size", "4"),
        ("max-model-len", "2248"),
        ("gpu-memory-utilization", "0.9"),
        ("enable-prefix-caching", "false"),
        ("dtype", "auto"),
    ]);
    assert_eq!(parse(vllm), expected);
    let mut read = parse(same);
    assert_eq!(read.remove("command").as_deref(), Some("vllm serve"));
    assert_eq!(read, expected);
    assert_eq!(
        parse("vllm serve m --tensor-parallel-size 4 --kv-cache-dtype=fp8 -O3 --flag"),
        of(&[
            ("command", "vllm serve m"),
            ("tensor-parallel-size", "4"),
            ("kv-cache-dtype", "fp8"),
            ("O", "3"),
            ("flag", "true")
        ])
    );
    let trt = of(&[("tp-size", "8"), ("kv-cache-config.dtype", "fp8")]);
    assert_eq!(parse("tp_size: 8; kv_cache_config.dtype: fp8"), trt);
    assert_eq!(parse("--tp_size 8 --kv_cache_config '{\"dtype\": \"fp8\"}'"), trt);
    assert_eq!(parse("{\"tp_size\": 8, \"kv_cache_config\": {\"dtype\": \"fp8\"}}"), trt);
    let environment = of(&[("VLLM_USE_V1", "1"), ("NCCL_DEBUG", "a b")]);
    assert_eq!(parse("VLLM_USE_V1=1 NCCL_DEBUG=\"a b\""), environment);
    assert_eq!(parse("VLLM_USE_V1=1\r\nNCCL_DEBUG='a b'\n"), environment);
    assert_eq!(parse("trust_remote_code: True; x: a;b"), of(&[("trust-remote-code", "true"), ("x", "a"), ("command", "b")]));
    assert_eq!(parse("--seed -1 --url http://h:1/x"), of(&[("seed", "-1"), ("url", "http://h:1/x")]));
    assert_eq!((parse(""), parse("x: ; y:")), (Arguments::new(), Arguments::new()));
}

#[test]
fn differences_tell_the_most_first() {
    let compared = [parse("b: 1; c: 2; z: 1"), parse("a: 1; b: 1; c: 3; z: 2"), parse("b: 1; c: 2; z: 1")];
    let row = |key: &str, values: [Option<&str>; 3]| Difference {
        key: key.to_owned(),
        values: values.into_iter().map(|value| value.map(str::to_owned)).collect(),
    };
    let expected = [
        row("c", [Some("2"), Some("3"), Some("2")]),
        row("z", [Some("1"), Some("2"), Some("1")]),
        row("a", [None, Some("1"), None]),
    ];
    assert_eq!(differences(&compared), expected);
    assert_eq!(differences(&[parse("x: false")]), []);
    assert_eq!(differences(&[parse("x: false"), parse("--no-x"), parse("no_x: True")]), []);
}

#[test]
fn images_in_parts() {
    let parts = |text| {
        let image = image(text);
        (image.name, image.tag.unwrap_or_default(), image.digest.unwrap_or_default())
    };
    let owned = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(parts("vllm/vllm-openai:v0.13.0"), owned("vllm/vllm-openai", "v0.13.0", ""));
    assert_eq!(parts("r:5000/a/b"), owned("r:5000/a/b", "", ""));
    assert_eq!(parts("r:5000/a/b:1@sha256:ff"), owned("r:5000/a/b", "1", "sha256:ff"));
}

proptest! {
    #[test]
    fn any_text_is_read_and_settles(text in "[-a-zA-Z0-9 ;:=._{}\\[\\]\"'\\\\\\n\\PC]{0,60}") {
        let once = parse(&text);
        prop_assert_eq!(parse(&render(&once)), once);
    }

    #[test]
    fn order_does_not_matter(pairs in proptest::collection::btree_map("[a-m][a-z0-9-]{0,8}", "[^\\x00-\\x1f{]{1,12}", 0..6)) {
        let arguments: BTreeMap<String, String> = pairs.into_iter().filter(|(_, value)| !value.to_lowercase().contains(['t', 'f'])).collect();
        let text = render(&arguments);
        prop_assert_eq!(&parse(&text), &arguments);
        let backwards: Vec<String> = arguments.iter().rev().map(|(key, value)| render(&BTreeMap::from([(key.clone(), value.clone())]))).collect();
        prop_assert_eq!(parse(&backwards.join(";")), arguments);
    }
}
