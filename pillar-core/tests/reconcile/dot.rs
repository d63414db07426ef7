//! The Graphviz output.

use pillar_core::reconcile::{Graph, Side};
use pillar_core::time::Mono;

use super::{Part, part, plan, port, settle};

fn graph() -> Graph<Part> {
    let mut graph = Graph::new();
    graph.observe("Ports", port("eth0"));
    graph.set_group("NI-1/L2", [part("bn1", &["eth0"])]);
    settle(&mut graph, Mono(0));
    graph.set_group("NI-1/L3", [part("bad", &["bn1"]), part("slow", &["bn1"]), part("lacks", &["eth9"])]);
    let (ops, _) = plan(&mut graph, Mono(0));
    graph.done(Mono(0), ops[0].id, Err("no".into()));
    graph
}

#[test]
fn shapes_and_colours_tell_the_state() {
    let text = graph().dot(Side::Intended, "ApplicationConnectivity");
    let expected = r#"digraph G {
  subgraph cluster_ApplicationConnectivity {
    label = "ApplicationConnectivity";
    subgraph cluster_NI_1 {
      label = "NI-1";
      subgraph cluster_NI_1_L2 {
        label = "L2";
        Part_bn1 [label="Part/bn1", shape=ellipse, color=black, style=filled, fillcolor="0.33 0.60 1.00"];
      }
      subgraph cluster_NI_1_L3 {
        label = "L3";
        Part_bad [label="Part/bad", shape=ellipse, color=red, style=filled, fillcolor="0.33 0.12 1.00"];
        Part_lacks [label="Part/lacks", shape=ellipse, color=grey, style=filled, fillcolor="0.33 0.12 1.00"];
        Part_slow [label="Part/slow", shape=cds, color=blue, style=filled, fillcolor="0.33 0.12 1.00"];
      }
    }
    subgraph cluster_Ports {
      label = "Ports";
      Port_eth0 [label="Port/eth0", shape=doubleoctagon, color=black, style=filled, fillcolor="0.50 0.60 1.00"];
    }
  }
  Part_bad -> Part_bn1 [color=black];
  Part_bn1 -> Port_eth0 [color=black];
  Part_lacks -> Port_eth9 [color=red];
  Part_slow -> Part_bn1 [color=black];
  Port_eth9 [label="Port/eth9", shape=ellipse, color=grey, style=dashed];
}
"#;
    assert_eq!(text, expected);
    assert!(!graph().dot(Side::Current, "G").contains("lacks"), "it is not there");
}

#[test]
fn no_name_breaks_out_of_the_text() {
    let mut graph = Graph::new();
    graph.put("a\"]; b", part("x\"\\\n -> y", &[]));
    let text = graph.dot(Side::Intended, "G");
    assert!(text.contains(r#"Part_x_______y [label="Part/x\"\\\n -> y", shape="#), "{text}");
    assert!(text.contains("subgraph cluster_a____b {"), "{text}");
}

#[test]
fn clusters_of_the_same_name_in_two_groups_stay_apart() {
    let mut graph = Graph::new();
    graph.put("NI-1/L2", part("a", &[]));
    graph.put("NI-2/L2", part("b", &[]));
    let text = graph.dot(Side::Intended, "G");
    assert!(text.contains("cluster_NI_1_L2") && text.contains("cluster_NI_2_L2"), "{text}");
}
