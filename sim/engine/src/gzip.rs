//! Files that may be compressed by gzip, as measurements are often published.

use crate::churn::trace::Fault;
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// What a file compressed by gzip begins with.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// What is in the file `name`. If it is compressed, it may unpack to no more than `most` bytes.
pub(crate) fn unpacked<'b>(
    name: &str,
    bytes: &'b [u8],
    most: u64,
) -> Result<Cow<'b, [u8]>, Vec<Fault>> {
    if !bytes.starts_with(GZIP) && !name.to_ascii_lowercase().ends_with(".gz") {
        return Ok(Cow::Borrowed(bytes));
    }
    let refuse = |message: String| vec![Fault::new(name, 1, 1, message)];
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut text);
    read.map_err(|error| refuse(format!("gzip cannot be unpacked ({error}), wants a whole file")))?;
    if text.len() as u64 > most {
        return Err(refuse(format!("this unpacks to too much, wants at most {most} bytes")));
    }
    Ok(Cow::Owned(text))
}

/// `text`, compressed: for tests.
#[cfg(test)]
pub(crate) fn packed(text: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_packed_stays_as_it_is_and_what_was_packed_apart_is_one() {
        assert!(matches!(unpacked("x.csv", b"a,1", 1), Ok(Cow::Borrowed(b"a,1"))));
        let two = [packed(b"a,1\n"), packed(b"c,4\n")].concat();
        assert_eq!(&*unpacked("x", &two, 8).unwrap(), b"a,1\nc,4\n");
    }

    #[test]
    fn what_does_not_unpack_is_refused() {
        let whole = packed(b"a,1,2\n");
        for bytes in [b"a,1,2\n".as_slice(), &whole[..whole.len() - 5], b""] {
            let told = unpacked("x.csv.gz", bytes, 100).unwrap_err()[0].to_string();
            assert!(told.starts_with("x.csv.gz:1:1: gzip cannot be unpacked ("), "{told}");
        }
        let bomb = packed(&[b'1'; 5000]);
        assert_eq!(
            unpacked("x.gz", &bomb, 4999).unwrap_err()[0].to_string(),
            "x.gz:1:1: this unpacks to too much, wants at most 4999 bytes"
        );
        assert!(unpacked("x.gz", &bomb, 5000).is_ok());
    }
}
