"""Survey files as offices send them: right ones are read, wrong ones are refused by name."""

import struct
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pyogrio.raw
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from gis_core.crs import UnknownSystem
from gis_core.dbf_tables import BadEncoding
from gis_core.errors import CitygridError
from gis_core.file_bounds import BadSpatialFile, RowTooLong, ZipBomb
from gis_core.spatial_files import NoSystem, Rows, Told, opened

HERE = box(430_000, 3_804_000, 430_100, 3_804_100)
THERE = box(430_100, 3_804_000, 430_200, 3_804_100)


def survey(
    *shapes: object, system: str | None = "EPSG:4545", **columns: list[object]
) -> geopandas.GeoDataFrame:
    data = columns or {"名称": [f"网格{n}" for n in range(1, len(shapes) + 1)]}
    return geopandas.GeoDataFrame(data, geometry=list(shapes), crs=system)


def read(path: Path, told: Told | None = None) -> Rows:
    with opened(path, told) as file:
        (rows,) = file.read()
        return rows


FORMATS = [
    pytest.param("a.shp", {"encoding": "GBK"}, id="shapefile in GBK"),
    pytest.param("a.shp", {"encoding": "UTF-8"}, id="shapefile in UTF-8"),
    pytest.param("a.gpkg", {}, id="GeoPackage"),
    pytest.param("a.gdb", {"driver": "OpenFileGDB"}, id="FileGDB"),
    pytest.param("a.fgb", {}, id="FlatGeobuf"),
]


@pytest.mark.parametrize(("name", "how"), FORMATS)
def test_every_format_is_read_with_its_system_and_its_chinese(
    tmp_path: Path, name: str, how: dict[str, str]
) -> None:
    survey(HERE, THERE).to_file(tmp_path / name, **how)
    with opened(tmp_path / name) as file:
        (rows,) = file.read()
    assert (file.heading.system, file.heading.rows) == ("EPSG:4545", 2)
    assert sorted(rows.columns["名称"]) == ["网格1", "网格2"]
    assert shapely.area(rows.shapes).tolist() == [10_000, 10_000]


def test_geojson_is_read_in_degrees(tmp_path: Path) -> None:
    survey(HERE).to_crs(4326).to_file(tmp_path / "a.geojson")
    with opened(tmp_path / "a.geojson") as file:
        assert file.heading.system == "EPSG:4326"


def test_a_table_with_wkt_is_read_when_its_system_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'code,WKT\n610303008007001,"{HERE.wkt}"\n', encoding="utf-8")
    rows = read(tmp_path / "a.csv", Told(system="EPSG:4545"))
    assert (rows.columns["code"].tolist(), rows.shapes[0].equals(HERE)) == (["610303008007001"], True)


def test_an_old_shapefile_without_a_word_on_its_encoding_is_read_as_gbk(tmp_path: Path) -> None:
    survey(HERE).to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").unlink()
    with opened(tmp_path / "a.shp") as file:
        assert file.heading.encoding == "GBK"
        assert next(file.read()).columns["名称"].tolist() == ["网格1"]


def test_a_shapefile_that_says_utf8_and_is_gbk_is_refused_with_a_hint(tmp_path: Path) -> None:
    survey(HERE).to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").write_text("UTF-8")
    with pytest.raises(BadEncoding, match="--encoding GBK"), opened(tmp_path / "a.shp"):
        pass


def test_a_shapefile_that_says_gbk_and_is_utf8_is_refused_with_a_hint(tmp_path: Path) -> None:
    survey(HERE, 名称=["金台区经二路社区"]).to_file(tmp_path / "a.shp", encoding="UTF-8")
    (tmp_path / "a.cpg").write_text("GBK")
    with pytest.raises(BadEncoding, match="--encoding UTF-8"), opened(tmp_path / "a.shp"):
        pass


def test_a_shapefile_that_says_it_is_western_and_is_gbk_is_refused_with_a_hint(tmp_path: Path) -> None:
    survey(HERE, 名称=["金台区经二路社区"]).to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").write_text("ISO-8859-1")
    with pytest.raises(BadEncoding, match="--encoding GBK"), opened(tmp_path / "a.shp"):
        pass


def test_an_encoding_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    survey(HERE).to_file(tmp_path / "a.shp", encoding="GBK")
    with pytest.raises(BadEncoding, match="不认识"), opened(tmp_path / "a.shp", Told(encoding="GBX")):
        pass


def patched_table(path: Path, at: int, content: bytes) -> Path:
    """The table of a shapefile with some bytes replaced."""
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[at : at + len(content)] = content
    path.with_suffix(".dbf").write_bytes(table)
    return path


def test_a_name_cut_inside_a_character_is_read_without_it(tmp_path: Path) -> None:
    survey(HERE, N123456789=["甲"]).to_file(tmp_path / "a.shp", encoding="GBK")
    cut = "X单元网格标识码".encode("gbk")[:10].ljust(11, b"\0")
    assert [*read(patched_table(tmp_path / "a.shp", 32, cut)).columns] == ["X单元网格"]


def test_a_text_cut_inside_a_character_is_read_without_it(tmp_path: Path) -> None:
    survey(HERE, n=["经二路口"]).to_file(tmp_path / "a.shp", encoding="GBK")
    text = "经二路".encode("gbk")[:5].ljust(8)
    assert read(patched_table(tmp_path / "a.shp", 32 + 32 + 1 + 1, text)).columns["n"].tolist() == ["经二"]


def test_a_text_of_another_encoding_is_named_by_row(tmp_path: Path) -> None:
    texts = ["plain" for _ in range(3000)] + ["经二路"]
    survey(*[Point(n, n) for n in range(3001)], n=texts).to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").write_text("UTF-8")
    (problem,) = read(tmp_path / "a.shp").problems
    assert (problem.row, problem.code) == (3001, "bad_text")


def test_rows_that_were_deleted_in_the_table_are_left_out_once(tmp_path: Path) -> None:
    survey(*[Point(n, 0) for n in range(10)], n=[*"abcdefghij"]).to_file(tmp_path / "a.shp", encoding="GBK")
    head, width = struct.unpack("<HH", (tmp_path / "a.dbf").read_bytes()[8:12])
    with opened(patched_table(tmp_path / "a.shp", head + 2 * width, b"*")) as file:
        names = [name for rows in file.read(batch=4) for name in rows.columns["n"].tolist()]
    assert (names, file.heading.rows) == ([*"abdefghij"], 9)


def test_a_northing_that_comes_first_is_swapped_when_told(tmp_path: Path) -> None:
    swapped = shapely.transform(HERE, lambda pairs: pairs[:, ::-1])
    survey(swapped).to_file(tmp_path / "a.shp", encoding="GBK")
    assert read(tmp_path / "a.shp", Told(is_northing_first=True)).shapes[0].equals(HERE)


def test_a_file_is_read_in_batches_that_can_be_taken_up_again(tmp_path: Path) -> None:
    survey(*[Point(430_000 + n, 3_804_000) for n in range(10)]).to_file(tmp_path / "a.gpkg")
    with opened(tmp_path / "a.gpkg") as file:
        batches = [(rows.first, len(rows)) for rows in file.read(after=3, batch=4)]
    assert batches == [(4, 4), (8, 3)]


def test_a_zipped_shapefile_is_unfolded(tmp_path: Path) -> None:
    survey(HERE).to_file(tmp_path / "a.shp", encoding="GBK")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("a.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    assert read(tmp_path / "a.zip").shapes[0].equals(HERE)


def test_an_archive_that_unfolds_to_too_much_is_not_unfolded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 40_000_000)
    with pytest.raises(ZipBomb), opened(tmp_path / "a.zip"):
        pass


def test_an_archive_that_reaches_outside_is_not_unfolded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../a.shp", b"")
    with pytest.raises(BadSpatialFile, match="越出"), opened(tmp_path / "a.zip"):
        pass


def test_an_archive_in_an_archive_is_not_unfolded_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as inner:
        inner.writestr("a.shp", b"\0" * 40_000_000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as outer:
        outer.write(tmp_path / "b.zip", "b.zip")
    with pytest.raises(BadSpatialFile, match="压缩包里还是压缩包"), opened(tmp_path / "a.zip"):
        pass


def test_an_archive_whose_directory_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 40_000_000)
    whole = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(whole.replace(struct.pack("<I", 40_000_000), struct.pack("<I", 4_000)))
    with pytest.raises(BadSpatialFile, match="目录不实"), opened(tmp_path / "a.zip"):
        pass


def write_as_it_is(path: Path, shapes: list[bytes]) -> None:
    """Write shapes in well-known binary without a look at them, in a layer that says it holds anything."""
    drivers = {".gpkg": "GPKG", ".gdb": "OpenFileGDB", ".fgb": "FlatGeobuf"}
    pyogrio.raw.write(
        path,
        np.array(shapes, dtype=object),
        [np.array([str(n) for n in range(len(shapes))], dtype=object)],
        fields=["code"],
        crs="EPSG:4545",
        driver=drivers[path.suffix],
        geometry_type="MultiPolygon" if path.suffix == ".gdb" else "Unknown",
        layer_options={"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {},
    )


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


UNREADABLE = [
    pytest.param("a.shp", b"not a shapefile", BadSpatialFile, id="that is no shapefile"),
    pytest.param("a.gpkg", b"", BadSpatialFile, id="an empty file"),
    pytest.param("a.zip", b"PK\x03\x04 broken", BadSpatialFile, id="a broken archive"),
    pytest.param("a.geojson", b'{"type": "Feature', BadSpatialFile, id="half a file"),
    pytest.param("a.docx", b"PK", BadSpatialFile, id="no survey file at all"),
]


@pytest.mark.parametrize(("name", "content", "error"), UNREADABLE)
def test_what_is_no_survey_file_is_refused(
    tmp_path: Path, name: str, content: bytes, error: type[CitygridError]
) -> None:
    with pytest.raises(error, match="。"), opened(write(tmp_path / name, content)):
        pass


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(BadSpatialFile, match="找不到"), opened(tmp_path / "a.shp"):
        pass


def test_a_shapefile_without_its_prj_needs_its_system_told(tmp_path: Path) -> None:
    survey(HERE).to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(NoSystem, match="--system"), opened(tmp_path / "a.shp"):
        pass


def test_a_system_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    survey(HERE).to_file(tmp_path / "a.gpkg")
    with pytest.raises(UnknownSystem), opened(tmp_path / "a.gpkg", Told(system="EPSG:999999")):
        pass


def test_of_several_layers_one_must_be_chosen(tmp_path: Path) -> None:
    for layer in ("网格", "部件"):
        survey(HERE).to_file(tmp_path / "a.gpkg", layer=layer)
    with pytest.raises(BadSpatialFile, match="--layer"), opened(tmp_path / "a.gpkg"):
        pass


NOT_A_NUMBER = shapely.from_wkb(struct.pack("<BIdd", 1, 1, float("nan"), 1.0))
MANY = Polygon(np.column_stack([np.cos(a := np.linspace(0, 6.28, 1_100_000)), np.sin(a)]))
ODD = [
    pytest.param(None, "no_shape", id="no shape at all"),
    pytest.param(Polygon(), "empty_shape", id="an empty shape"),
    pytest.param(NOT_A_NUMBER, "no_shape", id="NaN for an easting"),
    pytest.param(shapely.force_3d(HERE, 600.0), "has_heights", id="heights"),
    pytest.param(MANY, "too_many_vertices", id="a million vertices"),
]


MUCH = "0 0," * 1_100_000
TOO_LONG = [
    pytest.param(
        "a.geojson",
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":null},'
        '{"geometry":{"type":"Polygon","coordinates":[['
        + MUCH.replace("0 0", "[0,0]")
        + '[0,0]]]},"type":"Feature","properties":{}}]}',
        id="vertices of a GeoJSON",
    ),
    pytest.param("a.csv", f'n,WKT\n1,POINT(1 1)\n2,"{"0 0," * 26_000_000}"\n', id="a line of a table"),
]


@pytest.mark.parametrize(("name", "content"), TOO_LONG)
def test_a_row_too_large_to_be_read_is_named_before_it_is(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(RowTooLong, match="第 2 行"), opened(tmp_path / name, Told(system="EPSG:4545")):
        pass


def test_a_table_with_a_long_line_is_read_whole(tmp_path: Path) -> None:
    ring = ",".join(f"{n} {n * n}" for n in range(900_000))
    (tmp_path / "a.csv").write_text(f'n,WKT\n1,"LINESTRING ({ring})"\n', encoding="utf-8")
    assert shapely.get_num_points(read(tmp_path / "a.csv", Told(system="EPSG:4545")).shapes[0]) == 900_000


def test_a_table_without_shapes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,name\n1,甲\n2,乙\n", encoding="utf-8")
    with (
        pytest.raises(BadSpatialFile, match="找不到图形"),
        opened(tmp_path / "a.csv", Told(system="EPSG:4545")),
    ):
        pass


@pytest.mark.parametrize(("shape", "code"), ODD)
def test_a_shape_that_cannot_be_taken_is_named_by_row(tmp_path: Path, shape: object, code: str) -> None:
    survey(HERE, shape, THERE).to_file(tmp_path / "a.gpkg")
    (problem,) = read(tmp_path / "a.gpkg").problems
    assert (problem.row, problem.code) in {(2, code), (2, "empty_shape"), (2, "no_number")}


def test_heights_are_dropped_only_when_told(tmp_path: Path) -> None:
    survey(shapely.force_3d(HERE, 600.0)).to_file(tmp_path / "a.gpkg")
    assert read(tmp_path / "a.gpkg", Told(may_be_flattened=True)).shapes[0].equals(HERE)


ARC = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII10d", 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)
"""A curve polygon around the origin, in well-known binary."""


def test_a_ring_with_one_corner_that_is_no_number_is_named(tmp_path: Path) -> None:
    ring = struct.pack("<BIII8d", 1, 3, 1, 4, 0, 0, float("nan"), 0, 0, 5, 0, 0)
    write_as_it_is(tmp_path / "a.gpkg", [shapely.to_wkb(HERE), ring])
    (problem,) = read(tmp_path / "a.gpkg").problems
    assert (problem.row, problem.code) == (2, "no_number")


def test_a_shapefile_that_came_alone_is_told_what_is_missing(tmp_path: Path) -> None:
    survey(HERE).to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.shx").unlink()
    with pytest.raises(BadSpatialFile, match="配套文件"), opened(tmp_path / "a.shp"):
        pass


@pytest.mark.parametrize("name", ["a.gpkg", "a.gdb", "a.fgb"])
def test_curves_are_named_by_row_though_the_driver_makes_lines_of_them(tmp_path: Path, name: str) -> None:
    write_as_it_is(tmp_path / name, [shapely.to_wkb(HERE), ARC, shapely.to_wkb(HERE), ARC])
    problems = read(tmp_path / name).problems
    assert [(problem.row, problem.code) for problem in problems] == [(2, "curved_shape"), (4, "curved_shape")]


def test_a_curve_in_a_later_batch_is_named_by_its_row_in_the_file(tmp_path: Path) -> None:
    write_as_it_is(tmp_path / "a.gpkg", [shapely.to_wkb(HERE)] * 4 + [ARC])
    with opened(tmp_path / "a.gpkg") as file:
        rows = [problem.row for batch in file.read(batch=2) for problem in batch.problems]
    assert rows == [5]


def test_a_curve_in_a_table_is_named_by_row(tmp_path: Path) -> None:
    arc = "CURVEPOLYGON (COMPOUNDCURVE (CIRCULARSTRING (0 0, 1 1, 2 0), (2 0, 0 0)))"
    (tmp_path / "a.csv").write_text(f'n,WKT\n1,"{HERE.wkt}"\n2,"{arc}"\n', encoding="utf-8")
    (problem,) = read(tmp_path / "a.csv", Told(system="EPSG:4545")).problems
    assert (problem.row, problem.code) == (2, "curved_shape")


def test_a_network_of_triangles_is_not_called_a_curve(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('n,WKT\n1,"TIN (((0 0,0 1,1 1,0 0)))"\n', encoding="utf-8")
    (problem,) = read(tmp_path / "a.csv", Told(system="EPSG:4545")).problems
    assert problem.code == "no_plane_shape"


def test_mixed_kinds_are_handed_on_for_the_reader_to_judge(tmp_path: Path) -> None:
    survey(HERE, MultiPolygon([HERE, box(0, 0, 1, 1)]), Point(0, 0)).to_file(tmp_path / "a.gpkg")
    kinds = [shape.geom_type for shape in read(tmp_path / "a.gpkg").shapes]
    assert kinds == ["Polygon", "MultiPolygon", "Point"]
