"""Draws what is printed on the virtual cards: faces as JPEG 2000, names, addresses and numbers as one-bit PNG.

Run by hand, in this folder, only when a person changes: `python3 draw.py` (Pillow with JPEG 2000, and Noto Sans CJK for the characters).
Everything is drawn here; no picture of anybody is used. The texts repeat src/people.rs and src/printed.rs.
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"

# id, name, address, number (never a valid one), security code, then how the face looks: hair grey, long hair, glasses, width, mouth
PEOPLE = [
    ("ichiro", "資格　一郎", "資格県受付市在宅町１丁目２番３号", "999900000013", "1201", 120, False, True, 46, 4),
    ("hanako", "受付　花子", "資格県受付市在宅町２丁目４番６－７０１号", "999900000023", "1202", 215, True, True, 44, 6),
    ("jiro", "在宅　次郎", "資格県受付市訪問町３番地", "999900000033", "1203", 40, False, False, 52, 8),
    ("kazuko", "試●　和子", "資格県受付市看護町４番地", "999900000043", "1204", 190, True, False, 45, 2),
    ("taro", "通称　太郎", "資格県受付市薬局町５番地", "999900000053", "1205", 25, False, True, 42, 0),
    ("saburo", "喪失　三郎", "資格県受付市喪失町６番地", "999900000063", "1206", 70, False, False, 49, -3),
    ("shiro", "転職　四郎", "資格県受付市転職町７番地", "999900000073", "1207", 30, False, False, 43, 5),
    ("goro", "複数　五郎", "資格県受付市複数町８番地", "999900000083", "1208", 90, False, True, 50, 3),
    ("mutsuko", "未登録　六子", "資格県受付市登録町９番地", "999900000093", "1209", 35, True, True, 43, 4),
    ("nanako", "未着　七子", "資格県受付市未着町１０番地", "999900000103", "1210", 20, True, False, 44, 7),
    ("hachiro", "扶助　八郎", "資格県受付市扶助町１１番地", "999900000113", "1211", 150, False, True, 47, 1),
    ("kumi", "扶助　九美", "資格県受付市扶助町１２番地", "999900000123", "1212", 60, True, False, 43, 3),
    ("towa", "併用　十和", "資格県受付市併用町１３番地", "999900000133", "1213", 170, True, True, 46, 4),
    ("haruki", "助成　春樹", "資格県受付市助成町１４番地", "999900000144", "1214", 45, False, True, 45, 2),
    ("minori", "助成　みのり", "資格県受付市助成町１５番地", "999900000153", "1215", 25, True, False, 51, 7),
    ("osamu", "助成　治", "資格県受付市助成町１６番地", "999900000163", "1216", 35, False, False, 46, -1),
    ("jin", "助成　仁", "資格県受付市助成町１７番地", "999900000173", "1217", 22, False, True, 44, 5),
    ("kaoru", "助成　薫", "資格県受付市助成町１８番地", "999900000183", "1218", 28, True, False, 42, 3),
    ("natsuko", "空欄　夏子", "資格県受付市空欄町１９番地", "999900000193", "1219", 40, True, True, 45, 1),
    ("fuyuko", "紙面　冬子", "資格県受付市紙面町２０番地", "999900000203", "1220", 55, True, False, 46, 2),
    ("akio", "両方　秋雄", "資格県受付市両方町２１番地", "999900000213", "1221", 80, False, False, 48, 0),
]


def face(hair, is_long, has_glasses, width, mouth):
    picture = Image.new("L", (160, 200), 235)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((20, 150, 140, 260), fill=95)
    if is_long:
        pen.rounded_rectangle((80 - width - 14, 45, 80 + width + 14, 165), 40, fill=hair)
    pen.rectangle((66, 130, 94, 165), fill=185)
    pen.ellipse((80 - width - 6, 85, 80 - width + 8, 110), fill=190)
    pen.ellipse((80 + width - 8, 85, 80 + width + 6, 110), fill=190)
    pen.ellipse((80 - width, 38, 80 + width, 152), fill=205)
    pen.pieslice((80 - width - 3, 30, 80 + width + 3, 120), 180, 360, fill=hair)
    pen.ellipse((80 - width + 6, 62, 80 + width - 6, 100), fill=205)
    for x in (61, 99):
        pen.ellipse((x - 5, 88, x + 5, 97), fill=250)
        pen.ellipse((x - 3, 89, x + 3, 96), fill=20)
        pen.line((x - 9, 80, x + 9, 79), fill=min(hair, 120), width=3)
        if has_glasses:
            pen.rounded_rectangle((x - 14, 83, x + 14, 103), 5, outline=30, width=2)
    if has_glasses:
        pen.line((75, 91, 85, 91), fill=30, width=2)
    pen.line((80, 98, 77, 113, 82, 114), fill=150, width=2)
    pen.line((66, 128 - mouth / 2, 80, 128 + mouth / 2, 94, 128 - mouth / 2), fill=70, width=3, joint="curve")
    return picture


def text(words, size, box=None):
    font = ImageFont.truetype(FONT, size)
    left, top, right, bottom = font.getbbox(words)
    width, height = box or (right - left + 4, bottom - top + 4)
    picture = Image.new("1", (width, height), 1)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"
    pen.text((width // 2, height // 2), words, font=font, fill=0, anchor="mm")
    return picture


for who, name, address, number, code, *look in PEOPLE:
    folder = Path(who)
    folder.mkdir(exist_ok=True)
    face(*look).save(folder / "photo.jp2", quality_mode="rates", quality_layers=[14], irreversible=True, num_resolutions=5)
    text(name, 24).save(folder / "name.png", optimize=True)
    text(address, 16).save(folder / "address.png", optimize=True)
    text(number, 11, (72, 12)).save(folder / "number.png", optimize=True)
    text(code, 12, (32, 14)).save(folder / "code.png", optimize=True)
