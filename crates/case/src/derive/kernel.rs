//! A worker's end, as the application server or gateway names it, against the kernel's record.

use goodgate_facts::{Signal, id};

use super::derived;
use super::processes::{is_gateway, protocols_of};
use crate::material::{FileKind, Material};

pub(super) fn join(material: &mut Material) {
    let mut found: Vec<Signal> = Vec::new();
    let named: Vec<(usize, u32)> = material
        .evidence
        .signals()
        .iter()
        .enumerate()
        .filter(|(_, s)| s.id.kind().group == "worker-exit")
        .filter_map(|(i, s)| Some((i, s.about.worker?)))
        .collect();
    for name in ["oom-kill", "oom-kill-cgroup", "segfault"] {
        for (position, record) in material.evidence.of(id(name)) {
            let by_pid = record.about.worker.and_then(|pid| named.iter().find(|(_, p)| *p == pid));
            let program = record.about.name.as_deref().unwrap_or("");
            let by_name = protocols_of(program).is_some() || is_gateway(program);
            if by_pid.is_some() || by_name {
                let from = by_pid.map(|(i, _)| *i).into_iter().chain([position]).collect();
                found.push(derived(id("killed-worker-in-kernel-log"), from).worker(record.about.worker));
            }
        }
    }
    let handed_in = material.files.iter().any(|file| match &file.kind {
        FileKind::Log("kernel") | FileKind::Capture("kernel") => true,
        FileKind::Empty => {
            file.name.rsplit('/').next().is_some_and(|n| n.contains("dmesg") || n.contains("kern"))
        }
        _ => false,
    });
    let speaks = |name| material.evidence.has(id(name));
    if handed_in && !speaks("oom-kill") && !speaks("oom-kill-cgroup") && !speaks("segfault") {
        found.push(derived(id("kernel-log-quiet"), Vec::new()));
    }
    for signal in found {
        material.evidence.add(signal);
    }
}
