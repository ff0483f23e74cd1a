//! Numbers in decimal digits, appended without an allocation: they are on the path of every request.

/// The digits of all numbers below a hundred, two for each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
};

/// The last two decimal digits of a number.
#[inline]
pub fn two_digits(value: u64) -> [u8; 2] {
    PAIRS[(value % 100) as usize]
}

/// Appends a number in decimal digits.
#[inline]
pub fn put_decimal(value: u64, out: &mut Vec<u8>) {
    // Most numbers are small, and written at once.
    match value {
        0..10 => out.push(b'0' + value as u8),
        10..100 => out.extend_from_slice(&two_digits(value)),
        100..1000 => {
            let [tens, ones] = two_digits(value);
            out.extend_from_slice(&[b'0' + (value / 100) as u8, tens, ones]);
        }
        1000..10_000 => out.extend_from_slice(&four_digits(value)),
        _ => put_large(value, out),
    }
}

fn put_large(value: u64, out: &mut Vec<u8>) {
    put_decimal(value / 10_000, out);
    out.extend_from_slice(&four_digits(value));
}

#[inline]
fn four_digits(value: u64) -> [u8; 4] {
    let ([thousands, hundreds], [tens, ones]) = (two_digits(value / 100), two_digits(value));
    [thousands, hundreds, tens, ones]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(number: u64) -> String {
        let mut out = b">".to_vec();
        put_decimal(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_of_every_length() {
        for length in 0..20 {
            let power = 10_u64.pow(length);
            for number in [power - 1, power, power.wrapping_mul(9) + 7, power + power / 10] {
                assert_eq!(written(number), format!(">{number}"));
            }
        }
        assert_eq!(written(u64::MAX), format!(">{}", u64::MAX));
    }

    proptest! {
        #[test]
        fn numbers_are_as_the_standard_library_writes_them(number: u64, shift in 0..64_u32) {
            prop_assert_eq!(written(number >> shift), format!(">{}", number >> shift));
        }
    }
}
