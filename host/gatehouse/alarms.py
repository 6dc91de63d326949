"""Everything that the gatehouse alarms its staff about, in Chinese and English; a fact's place bears its name.

What the operating system, a database's driver or the key file gives as its reason is put in as it is.
"""

from gatehouse.words import Words

# --- a line, and who is on it ---------------------------------------------------------------------------------

AT_PORT: Words = ("{port}：{said}", "{port}: {said}")
REFUSED: Words = ("拒绝 {claimed}：{why}", "refused {claimed}: {why}")
FORMER_GATE: Words = ("{lane} 原来的闸机", "a former gate of {lane}")
REVOKED_LIVE: Words = ("{lane} 在线时被吊销，会话已结束", "{lane} was revoked while it was live; its session is ended")
CLAIMED: Words = (
    "{lane} 已在此端口在线，而 {port} 自称也是它",
    "{lane} is live here, and {port} claims to be it too",
)
PROVEN_TWICE: Words = (
    "{lane} 已在此端口在线，而 {port} 证明自己也是它：其中一台是复制品",
    "{lane} is live here, and {port} has proven to be it too: one of them is a copy",
)
WITHOUT_KEYS: Words = (
    "此处有一台没有密钥的闸机（{board}，固件 {firmware}），不提供服务。请登记：gate enroll --help",
    "a gate without keys is here ({board}, firmware {firmware}); it serves nobody. Enrol it: gate enroll --help",
)

# --- a lane's gate --------------------------------------------------------------------------------------------

FAULT: Words = ("{lane}：{fault}", "{lane}: {fault}")
PART_FAILED: Words = (
    "{lane}：{part}出错：{error}，位于 {where}；其余部分继续运行。请报告",
    "{lane}: {part} failed: {error} at {where}; the other parts go on. Please report it",
)
STARTS: Words = (
    "{lane}：闸机反复重启：{minutes} 分钟内启动 {starts} 次（{causes}）。请检查电源，并查看本日志中的出错位置",
    (
        "{lane}: its gate does not stay up: {starts} starts within {minutes} min ({causes}). "
        "Look at its power supply, and for its traces in this log"
    ),
)
NOT_ITS_OWN: Words = (
    "{lane}：上报了只有主机才能记入的内容，未记入。请更换此闸机",
    "{lane}: reports what only a gatehouse may enter; nothing was. Replace this gate",
)
MISSING: Words = (
    "{lane}：第 {index} 条之前有 {missing} 条记录缺失",
    "{lane}: {missing} reports before {index} never came",
)
RENUMBERED: Words = (
    "{lane}：闸机记录的编号已丢失；其记录仍全部保留",
    "{lane}: its journal has lost its count; its records are kept all the same",
)
KEYS_NOT_KEPT: Words = ("{lane}：新密钥未能保存：{why}", "{lane}: its new keys could not be kept: {why}")
ENROLMENT_NOT_KEPT: Words = (
    "{lane}：登记未能保存：{why} 在此之前，闸机自行保留其记录。",
    "{lane}: its enrolment could not be kept: {why} Until it is, the gate keeps its records.",
)

# --- the gatehouse itself -------------------------------------------------------------------------------------

KEY_FILE_UNREAD: Words = ("密钥文件无法读取：{why}", "the key file cannot be read: {why}")
KEY_FILE_UNWRITTEN: Words = ("密钥文件无法写入：{why}", "the key file cannot be written: {why}")
LEDGER_STOPPED: Words = (
    "台账无法写入：{why} 在恢复之前，所有通道都请旅客到人工窗口。",
    "the ledger cannot commit: {why} Until it can, every lane sends travellers to staff.",
)
LEDGER_WORKS: Words = ("台账恢复写入；各通道照常应答", "the ledger commits again; lanes are answered as before")
KEYS_OLDER: Words = (
    (
        "密钥文件比台账旧：{day} 的密钥缺失，可能恢复了旧备份。该日旅客在台账中无法与以后的记录对应；"
        "此后登记的闸机需重新登记。如有更新的密钥备份，请恢复：gatehouse restore keys"
    ),
    (
        "the key file is older than the ledger: the key of {day} is not in it, as after an old backup was restored. "
        "Travellers in the ledger cannot be told to be the same from before to after, and gates that were enrolled "
        "since must be enrolled again. If there is a newer backup of the keys, restore it: gatehouse restore keys"
    ),
)
NO_DAY_KEY: Words = (
    "无法取得当日密钥：{why} 在恢复之前，所有通道都请旅客到人工窗口。",
    "the day's key cannot be had: {why} Until it can, every lane sends travellers to staff.",
)
DAY_KEY_THERE: Words = ("已取得当日密钥；各通道照常应答", "the day's key is there; lanes are answered as before")
LEDGER_FELL_BACK: Words = (
    (
        "台账不完整：第 {number} 号台账头（{at}）曾签署 {size} 条记录，现仅有 {now} 条，缺少 {missing} 条，"
        "可能恢复了旧备份。各通道照常服务；台账已记下此事。如有较新的备份请恢复：gatehouse restore data"
    ),
    (
        "the ledger has fallen back: head {number} of {at} was signed over {size} entries, and it holds {now}; "
        "{missing} are gone, as after an old backup was restored. Lanes are served, and the ledger says so from now "
        "on. If there is a later backup, restore it: gatehouse restore data"
    ),
)
LEDGER_IS_ANOTHER: Words = (
    (
        "台账与已签署的不符：第 {number} 号台账头（{at}）签署的 {size} 条记录已不是现有内容（现有 {now} 条）。"
        "各通道照常服务；台账已记下此事。请运行 gatehouse ledger verify 查明"
    ),
    (
        "the ledger is another one: what head {number} of {at} was signed over, {size} entries, is not what it holds "
        "now, with {now}. Lanes are served, and the ledger says so from now on. Find out what was changed: "
        "gatehouse ledger verify"
    ),
)
HEAD_NOT_SIGNED: Words = (
    "台账头未能签署：{why} 记录照常写入，稍后再试",
    "the ledger's head could not be signed: {why} Entries are committed all the same; it is tried again",
)
HEAD_SIGNED: Words = ("台账头恢复签署", "the ledger's heads are signed again")
REGISTER_UNREAD: Words = (
    "健康码库无法读取：{why} 在恢复之前，仅凭健康码库应答的旅客都请到人工窗口。",
    "the register cannot be read: {why} Until it can, travellers whom nobody else knows go to staff.",
)
REGISTER_READ: Words = ("健康码库恢复读取", "the register is read again")
CLOCK_JUMPED: Words = (
    "电脑时钟跳变 {jump} 秒；请检查时间同步。首日介于两个时间之间的证件在主机重启前视为尚未生效",
    (
        "the PC's clock jumped by {jump} s; check its time synchronisation. Cards whose first day lies between the two "
        "times count as not yet valid until the gatehouse is restarted"
    ),
)
CLOCK_BEHIND: Words = (
    (
        "电脑时钟跳变 {jump} 秒，现落后 {behind} 秒：健康码按更旧计算，过期的不会重新有效。"
        "请检查时间同步；时钟校准后重启主机"
    ),
    (
        "the PC's clock jumped by {jump} s and is {behind} s behind: statuses count as that much older, so that none "
        "gets young again. Check its time synchronisation; when the clock is right, restart the gatehouse"
    ),
)
CLOCK_WRONG_AT_START: Words = (
    (
        "电脑时钟比本站上次运行时落后 {behind} 秒：在校准之前，所有绿码转人工。请检查时间同步；"
        "如现在的时钟正确、以前的不正确，请停止主机并运行一次 gatehouse run --clock-is-right"
    ),
    (
        "the PC's clock is {behind} s behind the time at which this station ran last: every green goes to staff until "
        "it is right. Check its time synchronisation. If it is right now and was wrong then, stop the gatehouse and "
        "run once: gatehouse run --clock-is-right"
    ),
)
CLOCK_NOT_KEPT: Words = (
    "{path}：{why}；重启后无法发现时钟错误。请检查该磁盘",
    "{path}: {why}; after a restart a wrong clock would not be noticed. Look at that disk",
)
NO_SOCKET: Words = (
    "{path}：{why}；`gatehouse lane` 和 `gatehouse watch` 不可用。请排除故障或另选数据文件夹，然后重启主机",
    (
        "{path}: {why}; `gatehouse lane` and `gatehouse watch` do not work. "
        "Mend it, or choose another data folder, and restart the gatehouse"
    ),
)
OLD_NUMBERS: Words = (
    "{path}：{why}；`gatehouse gates` 显示的是旧数据",
    "{path}: {why}; `gatehouse gates` shows old numbers",
)
BROKE: Words = ("内部错误：{what}；请报告", "internal error: {what}; please report it")
BROKE_AT: Words = ("内部错误：{what}，位于 {where}；请报告", "internal error: {what} at {where}; please report it")

# --- who may pass, and who is asked ---------------------------------------------------------------------------

LISTS_UNREAD: Words = (
    "{why} 规则用到名单：在此之前，所有旅客都请到人工窗口",
    "{why} Until then everybody goes to staff: the rules name lists",
)
RULE_NAMES_NO_LIST: Words = (
    "规则“{rule}”用到名单 {name}，名单上无人。请核对名称：gatehouse lists show",
    'rule "{rule}" names the list {name}, on which nobody is. If it is mistyped: gatehouse lists show',
)
RULE_NAMES_NO_LANE: Words = (
    "规则“{rule}”用到通道 {name}，本站没有该通道。请核对名称：gatehouse gates",
    'rule "{rule}" names the lane {name}, for which no gate is enrolled. If it is mistyped: gatehouse gates',
)
RULE_NAMES_NO_PLATFORM: Words = (
    "规则“{rule}”用到来源 {name}，设置中没有该平台；是否应为 {near}？",
    'rule "{rule}" names the source {name}, which is no platform of the settings. Did you mean {near}?',
)
RULES_NOT_RELOADED: Words = (
    "{who} 重新加载规则未成功：{why} 仍按原规则执行：{name}",
    "rules not reloaded by {who}: {why}. The rules in force stay: {name}.",
)
RULES_NOT_RECORDED: Words = (
    "{who} 重新加载规则未成功：台账无法记下此事：{why} 仍按原规则执行：{name}",
    "rules not reloaded by {who}: the ledger cannot record it: {why} The rules in force stay: {name}.",
)
RULES_RELOADED: Words = ("{said}；由 {who} 重新加载", "{said}; reloaded by {who}")
PLATFORM_RESTS: Words = (
    "健康码平台 {name} 出错，恢复应答前减少查询；其旅客按本站留存的答复或人工处理。{why}",
    (
        "platform {name} fails and is asked less until it answers; its travellers are answered by what it told before, "
        "or by staff. {why}"
    ),
)
PLATFORM_ANSWERS: Words = ("健康码平台 {name} 恢复应答", "platform {name} answers again")
ANSWERS_NOT_KEPT: Words = (
    "{why} 在恢复之前，平台答复不留存：平台出错时其旅客请到人工窗口",
    "{why} What platforms tell is not kept until then: travellers of one that fails go to staff",
)
