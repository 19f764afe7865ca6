//! A key's text: made, taken apart, hashed. The only place that sees secrets.

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};

use super::error::AccessError;

/// Before every key, so that one that got lost is recognised.
const PREFIX: &str = "primum_";
/// Before every id, where it stands alone.
const ID_PREFIX: &str = "k_";
/// 60 bits.
const ID_CHARS: usize = 12;
const SECRET_BYTES: usize = 32;
/// Five bits each; without letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Longer texts are no keys, and are not worth hashing.
const LONGEST: usize = 128;

/// SHA-256 of a key's whole text.
pub(super) type Hash = [u8; 32];

/// A new key: its id, its text, and the hash of that.
pub(super) fn make() -> Result<(String, SecretString, Hash), AccessError> {
    let mut id = [0; ID_CHARS * 5 / 8 + 1];
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(&mut id)
        .and_then(|()| getrandom::fill(secret.as_mut()))
        .map_err(|_| AccessError::NoRandomness)?;
    let mut id = Zeroizing::new(base32(&id));
    id.truncate(ID_CHARS);
    let secret = Zeroizing::new(base32(secret.as_ref()));
    let text = Zeroizing::new(format!("{PREFIX}{}_{}", *id, *secret));
    let hash = hash(&text);
    let id = format!("{ID_PREFIX}{}", *id);
    Ok((id, SecretString::from(text.as_str()), hash))
}

/// The id that a presented text claims; `None` when it has not a key's shape.
pub(super) fn id_of(presented: &str) -> Option<String> {
    let (id, _) = presented.strip_prefix(PREFIX)?.split_once('_')?;
    (id.len() == ID_CHARS).then(|| format!("{ID_PREFIX}{id}"))
}

/// Of the text as it stands: no two texts are the same key. What is too long
/// hashes as if it were empty, which is no key either.
pub(super) fn hash(text: &str) -> Hash {
    let text = if text.len() > LONGEST { "" } else { text };
    Sha256::digest(text.as_bytes()).into()
}

/// A hash that no key has: what unknown ids are compared with.
pub(super) fn no_hash() -> Result<Hash, AccessError> {
    let mut none = [0; 32];
    getrandom::fill(&mut none).map_err(|_| AccessError::NoRandomness)?;
    Ok(none)
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0u32, 0u32);
    let mut push = |five: u32| {
        let letter = ALPHABET.get((five & 31) as usize).copied();
        text.push(char::from(letter.unwrap_or(b'0')));
    };
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(held << (5 - bits));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn five_bits_make_a_letter() {
        assert_eq!(base32(&[]), "");
        assert_eq!(base32(&[0xff]), "zw");
        assert_eq!(base32(&[0x00, 0x44, 0x32, 0x14, 0xc7]), "01234567");
        assert_eq!(base32(&[0; 32]).len(), 52);
    }

    #[test]
    fn a_key_says_its_id_and_is_unlike_others() {
        let (id, text, hashed) = make().expect("randomness");
        let text = text.expose_secret();
        assert_eq!(id_of(text), Some(id.clone()));
        assert_eq!(hash(text), hashed);
        assert_eq!(text.len(), "primum_".len() + 12 + 1 + 52);
        let (other, other_text, _) = make().expect("randomness");
        assert_ne!(id, other);
        assert_ne!(text.get(20..), other_text.expose_secret().get(20..));
    }

    #[test]
    fn what_has_not_the_shape_has_no_id() {
        for text in [
            "",
            "primum_",
            "primum_abc_def",
            "Primum_0123456789ab_x",
            "sk-1",
        ] {
            assert_eq!(id_of(text), None, "{text}");
        }
        assert_eq!(hash(&"x".repeat(LONGEST + 1)), hash(""));
    }
}
