"""The receipt for people, in Chinese and English."""

from gatehouse.ending.receipt import Receipt
from gatehouse.words import Words, filled

TITLE: Words = ("部署销毁回执", "Receipt of the destruction of a deployment")
STATION: Words = ("站点：{station}；经办：{who}；开始：{at}", "Station: {station}; by: {who}; begun: {at}")
HEAD: Words = (
    "最后的台账签名：第 {number} 号，{size} 条记录，根 {root}",
    "Last signed head of the ledger: no. {number}, {size} entries, root {root}",
)
KEY: Words = ("验证公钥：{key}", "Public key: {key}")
FILES: Words = ("文件 {count} 个，共 {total} 字节：", "{count} files, {total} bytes:")
ENDED: Words = ("已全部销毁：{at}", "All of it destroyed: {at}")
NOT_ENDED: Words = ("销毁尚未完成：请再次运行同一命令。", "Not ended yet: run the same command again.")
SYSTEM_KEY: Words = (
    "解开密钥文件所需的密钥（系统存储或主密钥文件）已删除。",
    "What unsealed the key file, in the system's store or the master file, was deleted.",
)
NO_SYSTEM_KEY: Words = (
    "密钥文件由系统自身的密钥封装，该密钥另有用途，予以保留；密钥文件本身已覆写并删除。",
    (
        "The key file was sealed by a key of the system that others use and that stays; the key file itself was "
        "overwritten and deleted."
    ),
)
HONEST: Words = (
    (
        "每个文件覆写一次后删除，密钥在先：没有密钥，残留的数据只是假名与密文。程序无法担保的有："
        "固态硬盘、快照和文件系统日志中被覆写块的旧副本；别处的备份、导出和打印件；交换空间。备份须另行销毁。"
    ),
    (
        "Every file was overwritten once and deleted, keys first: without them what may be left is pseudonyms and "
        "sealed rows. No program can vouch for old copies of blocks on an SSD, in snapshots or in the file system's "
        "log, for backups, exports and prints elsewhere, nor for swap space. Destroy backups of their own."
    ),
)
LEFT: Words = ("未销毁（不属于本程序）：{path}", "Left, as it is not this program's: {path}")


def as_text(receipt: Receipt) -> str:
    """All of it in Chinese, then in English."""
    said, parts = receipt.statement, []
    total = sum(file["bytes"] for file in said["files"])
    ended = receipt.ended
    for language in (0, 1):
        lines = [
            TITLE,
            filled(STATION, station=said["station"] or "-", who=said["who"], at=said["at"]),
            filled(HEAD, **{name: said["head"][name] for name in ("number", "size", "root")}),
            filled(KEY, key=said["public_key"]),
            filled(FILES, count=len(said["files"]), total=total),
            *((line, line) for line in (f"  {file['bytes']:>14,}  {file['path']}" for file in said["files"])),
            NOT_ENDED if ended is None else filled(ENDED, at=ended["at"]),
            *(() if ended is None else (SYSTEM_KEY if ended["system_key_deleted"] else NO_SYSTEM_KEY,)),
            *(filled(LEFT, path=path) for path in (said if ended is None else ended)["left"]),
            HONEST,
        ]
        parts.append("\n".join(line[language] for line in lines))
    return "\n\n".join(parts)
