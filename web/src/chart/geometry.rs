//! Points, rectangles and polylines of the chart, in CSS pixels. Pure arithmetic, no drawing.

/// A point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    /// To the right.
    pub(crate) x: f64,
    /// Downwards.
    pub(crate) y: f64,
}

/// Makes a point.
pub(crate) const fn pt(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rect {
    /// Left.
    pub(crate) x: f64,
    /// Top.
    pub(crate) y: f64,
    /// Width.
    pub(crate) w: f64,
    /// Height.
    pub(crate) h: f64,
}

impl Rect {
    /// Makes a rectangle.
    pub(crate) const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Rect { x, y, w, h }
    }

    /// The right edge.
    pub(crate) fn right(&self) -> f64 {
        self.x + self.w
    }

    /// The bottom edge.
    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The middle.
    pub(crate) fn center(&self) -> Point {
        pt(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// The middle of the left edge.
    pub(crate) fn left_mid(&self) -> Point {
        pt(self.x, self.y + self.h / 2.0)
    }

    /// The middle of the right edge.
    pub(crate) fn right_mid(&self) -> Point {
        pt(self.right(), self.y + self.h / 2.0)
    }

    /// Whether two rectangles share an area (touching edges do not).
    pub(crate) fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether `other` lies inside.
    #[cfg(test)]
    pub(crate) fn contains(&self, other: &Rect) -> bool {
        self.x <= other.x && self.y <= other.y && self.right() >= other.right() && self.bottom() >= other.bottom()
    }
}

/// A way along straight pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Polyline {
    points: Vec<Point>,
}

impl Polyline {
    /// The way along these points; repeated points are left out.
    #[cfg(test)]
    pub(crate) fn new(points: impl IntoIterator<Item = Point>) -> Self {
        let mut line = Polyline::default();
        for point in points {
            line.push(point);
        }
        line
    }

    /// Goes on to `point`.
    pub(crate) fn push(&mut self, point: Point) {
        if self.points.last() != Some(&point) {
            self.points.push(point);
        }
    }

    /// The points.
    pub(crate) fn points(&self) -> &[Point] {
        &self.points
    }

    /// The last point.
    pub(crate) fn end(&self) -> Option<Point> {
        self.points.last().copied()
    }

    /// The length.
    #[cfg(test)]
    pub(crate) fn length(&self) -> f64 {
        self.points.windows(2).map(|w| distance(w[0], w[1])).sum()
    }

    /// The place after the share `t` (0 to 1) of the way.
    #[cfg(test)]
    pub(crate) fn at(&self, t: f64) -> Point {
        let Some(&first) = self.points.first() else { return Point::default() };
        let mut left = self.length() * t.clamp(0.0, 1.0);
        let mut here = first;
        for &next in &self.points[1..] {
            let step = distance(here, next);
            if left <= step && step > 0.0 {
                let f = left / step;
                return pt(here.x + (next.x - here.x) * f, here.y + (next.y - here.y) * f);
            }
            left -= step;
            here = next;
        }
        here
    }

    /// The same way with its corners cut round, so that what is drawn and what moves agree.
    pub(crate) fn rounded(&self, radius: f64) -> Self {
        if self.points.len() < 3 {
            return self.clone();
        }
        let mut out = Polyline::default();
        out.push(self.points[0]);
        for w in self.points.windows(3) {
            let (a, b, c) = (w[0], w[1], w[2]);
            let (before, after) = (distance(a, b), distance(b, c));
            let r = radius.min(before / 2.0).min(after / 2.0);
            if r < 0.5 {
                out.push(b);
                continue;
            }
            let p = pt(b.x + (a.x - b.x) * r / before, b.y + (a.y - b.y) * r / before);
            let q = pt(b.x + (c.x - b.x) * r / after, b.y + (c.y - b.y) * r / after);
            for i in 0..=4 {
                let t = f64::from(i) / 4.0;
                let u = 1.0 - t;
                out.push(pt(
                    u * u * p.x + 2.0 * u * t * b.x + t * t * q.x,
                    u * u * p.y + 2.0 * u * t * b.y + t * t * q.y,
                ));
            }
        }
        out.push(self.points[self.points.len() - 1]);
        out
    }

    /// As the `d` of an SVG path.
    pub(crate) fn to_svg(&self) -> String {
        use std::fmt::Write;
        let mut d = String::new();
        for (i, p) in self.points.iter().enumerate() {
            let _ = write!(d, "{}{} {}", if i == 0 { 'M' } else { 'L' }, tenth(p.x), tenth(p.y));
        }
        d
    }
}

/// The distance of two points.
pub(crate) fn distance(a: Point, b: Point) -> f64 {
    ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).sqrt()
}

/// Rounded to a tenth, which is all that a screen shows.
pub(crate) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_way_is_measured_along_it() {
        let line = Polyline::new([pt(0.0, 0.0), pt(10.0, 0.0), pt(10.0, 0.0), pt(10.0, 30.0)]);
        assert_eq!(line.points().len(), 3);
        assert_eq!(line.length(), 40.0);
        assert_eq!(line.at(0.25), pt(10.0, 0.0));
        assert_eq!(line.at(0.5), pt(10.0, 10.0));
        assert_eq!(line.at(9.0), pt(10.0, 30.0));
        assert_eq!(Polyline::default().at(0.5), pt(0.0, 0.0));
    }

    #[test]
    fn rounding_keeps_both_ends_and_shortens_the_way() {
        let line = Polyline::new([pt(0.0, 0.0), pt(20.0, 0.0), pt(20.0, 20.0)]);
        let round = line.rounded(6.0);
        assert_eq!(round.points().first(), line.points().first());
        assert_eq!(round.end(), line.end());
        assert!(round.length() < line.length());
    }

    #[test]
    fn svg_has_one_command_a_point() {
        assert_eq!(Polyline::new([pt(0.04, 1.0), pt(2.56, 3.0)]).to_svg(), "M0 1L2.6 3");
    }
}
