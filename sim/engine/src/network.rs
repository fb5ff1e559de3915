//! Network: what lies between hosts. Latency and loss of messages, bandwidth of bulk transfers.
//!
//! - [`Network`] is what a scenario says; [`Network::check`] tells what is wrong with it.
//! - [`links::Links`] decides what becomes of a message: a [`Verdict`].
//! - [`transfer::Transfers`] shares the bandwidth of links among bulk transfers.
//! - [`latency`], [`delay`], [`jitter`], [`rate`], [`matrix`] are the parts of the parameters.

use compup2p_protocol::time::Span;
use serde::{Deserialize, Serialize};

pub(crate) mod choice;
pub mod complaint;
pub mod delay;
pub mod jitter;
pub mod latency;
pub mod links;
pub mod matrix;
pub mod rate;
pub mod transfer;

use complaint::Complaint;
use jitter::Jitter;
use latency::Latency;
use rate::Rate;

/// The most transfers that a link carries at a time, in each direction [ours].
pub const SLOTS: usize = 16;

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It arrives after this time, which is at least 1 ns.
    Deliver(Span),
    /// It never arrives; nobody is told.
    Lose,
}

/// The parameters of the network: the section `network:` of a scenario.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// How long a message is under way.
    pub latency: Latency,
    /// What varies on top, from message to message.
    pub jitter: Jitter,
    /// The probability that a message is lost; at least 0, below 1.
    pub loss: f64,
    /// What a host's link carries of bulk data. Messages take nothing of it [ours].
    pub bandwidth: Bandwidth,
}

/// What a host's link carries of bulk data in each direction, shared by all that it carries at a
/// time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bandwidth {
    /// From the host into the network.
    pub up: Rate,
    /// From the network to the host.
    pub down: Rate,
}

impl Default for Bandwidth {
    /// 10 Mbit/s each way [ours].
    fn default() -> Self {
        Self { up: Rate(1_250_000), down: Rate(1_250_000) }
    }
}

impl Network {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        let mut wrong: Vec<_> =
            self.latency.check().into_iter().map(|c| c.within("latency")).collect();
        wrong.extend(self.jitter.check().into_iter().map(|c| c.within("jitter")));
        if !(0.0..1.0).contains(&self.loss) {
            wrong.push(Complaint::new("loss", self.loss, "a number from 0 to below 1"));
        }
        wrong.extend(self.bandwidth.check().into_iter().map(|c| c.within("bandwidth")));
        wrong
    }
}

impl Bandwidth {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        let slow = |(_, rate): &(&str, Rate)| rate.0 < SLOTS as u64;
        let wanted = format!("at least {SLOTS} bytes a second, such as 10Mbit");
        let links = [("up", self.up), ("down", self.down)];
        links.into_iter().filter(slow).map(|(to, rate)| Complaint::new(to, rate, &wanted)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::delay::Delay;
    use super::latency::{Kind, Unit};
    use super::*;

    fn read(yaml: &str) -> Network {
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"))
    }

    #[test]
    fn what_is_not_said_is_as_in_the_chord_paper() {
        let network = read("{}");
        assert_eq!(network, Network::default());
        assert_eq!(network.latency, Latency::Exponential { mean: Span::millis(50) });
        assert_eq!((network.loss, network.jitter), (0.0, Jitter::None));
        assert_eq!(network.check(), []);
    }

    #[test]
    fn each_latency_model_is_written_as_it_is_read() {
        let ms = Span::millis;
        for (yaml, latency) in [
            ("{model: constant, delay: 20ms}", Latency::Constant { delay: ms(20) }),
            ("{model: uniform, min: 1ms, max: 2ms}", Latency::Uniform { min: ms(1), max: ms(2) }),
            ("{mean: 7ms}", Latency::Exponential { mean: ms(7) }),
            (
                "{model: coordinates, side: 100ms, access: 5ms}",
                Latency::Coordinates { side: ms(100), access: Delay::Constant(ms(5)) },
            ),
            (
                "{model: coordinates, access: {model: exponential, mean: 5ms}}",
                Latency::Coordinates {
                    side: latency::SIDE,
                    access: Delay::Exponential { mean: ms(5) },
                },
            ),
            (
                "{model: matrix, file: rtt.txt, unit: s}",
                Latency::Matrix { file: "rtt.txt".into(), unit: Unit::S, kind: Kind::Rtt },
            ),
            (
                "{model: matrix, file: d, unit: us, kind: one_way}",
                Latency::Matrix { file: "d".into(), unit: Unit::Us, kind: Kind::OneWay },
            ),
        ] {
            let network = read(&format!("latency: {yaml}"));
            assert_eq!((&network.latency, network.check()), (&latency, vec![]), "{yaml}");
            let again = serde_yaml::to_string(&network).unwrap();
            assert_eq!(read(&again), network, "{again}");
        }
    }

    #[test]
    fn jitter_loss_and_bandwidth_are_written_as_they_are_read() {
        for yaml in [
            "{jitter: none, loss: 0.01}",
            "{jitter: {model: relative, fraction: 0.1}}",
            "{jitter: {model: exponential, mean: 5ms}}",
            "{bandwidth: {up: 1Mbit, down: 10Mbit}}",
            "{bandwidth: {up: 125000}}",
        ] {
            let network = read(yaml);
            assert_eq!(network.check(), [], "{yaml}");
            assert_eq!(read(&serde_yaml::to_string(&network).unwrap()), network);
        }
        assert_eq!(read("{bandwidth: {up: 1Mbit}}").bandwidth.up, Rate(125_000));
    }

    #[test]
    fn a_misprint_is_located_where_it_stands() {
        for (yaml, told) in [
            ("latency:\n  mean: 5 parsecs", "latency.mean: \"5 parsecs\" is not a duration"),
            ("latency:\n  mean: 5 parsecs", "line 2 column 9"),
            ("latency:\n  meen: 5ms", "unknown field `meen`"),
            ("latency:\n  model: constant\n  mean: 5ms", "model constant has no field mean"),
            (
                "latency:\n  model: matrix",
                "wants the field file; model matrix wants the field unit",
            ),
            ("jitter: some", "\"some\", wants none"),
            ("bandwidth: {up: 1Furlong}", "\"1Furlong\" is not a rate"),
            ("bandwidth: {up: -1}", "a rate such as 10Mbit"),
            ("lattency: {}", "unknown field `lattency`"),
        ] {
            let error = serde_yaml::from_str::<Network>(yaml).unwrap_err().to_string();
            assert!(error.contains(told), "{yaml}: {error}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let network = read(
            "{latency: {mean: 0s}, jitter: {model: relative, fraction: 1.5}, loss: 1,
              bandwidth: {up: 15, down: 0}}",
        );
        let told: Vec<_> = network.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "latency.mean is \"0s\", wants a positive duration such as 50ms",
                "jitter.fraction is \"1.5\", wants a number from 0 to 1 such as 0.1",
                "loss is \"1\", wants a number from 0 to below 1",
                "bandwidth.up is \"15B\", wants at least 16 bytes a second, such as 10Mbit",
                "bandwidth.down is \"0B\", wants at least 16 bytes a second, such as 10Mbit",
            ]
        );
        let told = |yaml| read(yaml).check()[0].to_string();
        assert_eq!(
            told("{latency: {model: uniform, min: 2ms, max: 1ms}}"),
            "latency.max is \"1ms\", wants a duration not below min, which is 2ms"
        );
        assert!(
            told("{latency: {model: coordinates, access: {model: exponential, mean: 0s}}}")
                .starts_with("latency.access.mean")
        );
    }
}
