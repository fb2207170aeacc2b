package fiction

import (
	"math/rand/v2"
	"strings"
)

// people is a group of made-up persons who write their names alike.
type people struct {
	citizenship string   // ISO 3166 alpha-2
	female      []string // given names
	male        []string
	family      []string // empty where family names are not in use
	glue        bool     // given names are put together of two, written as one
	homes       []home
}

// home is a real province and town; streets are invented.
type home struct{ state, city string }

// peoples cover the scripts of the region. The lists hold common names; which
// given name meets which family name is left to chance.
var peoples = []people{
	{
		citizenship: "LA",
		female:      []string{"ບົວ", "ຈັນ", "ແກ້ວ", "ມາລີ", "ດາວ", "ນາງ", "ພອນ", "ສຸກ", "ວັນ", "ຄຳ", "ນ້ອຍ", "ລັດ"},
		male:        []string{"ສົມ", "ບຸນ", "ຄຳ", "ທອງ", "ແສງ", "ໄຊ", "ພູ", "ສີ", "ວິໄລ", "ເພັດ", "ຈັນ", "ອິນ"},
		family:      []string{"ພົມມະຈັນ", "ສີສຸວັນ", "ວົງພະຈັນ", "ແກ້ວມະນີ", "ອິນທະວົງ", "ໄຊຍະວົງ", "ບຸນຍະວົງ", "ຫຼວງລາດ", "ຄຳພູວົງ", "ສຸລິຍະວົງ"},
		glue:        true,
		homes:       []home{{"Savannakhet", "Outhoumphone"}, {"Champasak", "Pakse"}, {"Luang Namtha", "Sing"}, {"Bokeo", "Houayxay"}, {"Vientiane Capital", "Sikhottabong"}},
	},
	{
		citizenship: "TH",
		female:      []string{"สม", "พร", "มาลี", "จันทร์", "ดวง", "วรรณ", "นภา", "ศรี", "ใจ", "กาญ"},
		male:        []string{"สม", "บุญ", "ชัย", "วิ", "ธน", "ประ", "ณรงค์", "ศักดิ์", "เดช", "พล"},
		family:      []string{"ศรีสุข", "ใจดี", "ทองคำ", "แสงจันทร์", "บุญมา", "วงศ์ษา", "แก้วใส", "พันธุ์ดี", "รุ่งเรือง"},
		glue:        true,
		homes:       []home{{"Nong Khai", "Tha Bo"}, {"Chiang Rai", "Chiang Khong"}, {"Ubon Ratchathani", "Sirindhorn"}},
	},
	{
		citizenship: "KH",
		female:      []string{"ស្រី", "សុភា", "ចន្ធី", "បុប្ផា", "រតនា", "សុខា", "ធីតា", "នារី"},
		male:        []string{"សុខ", "វិជ្ជា", "ដារ៉ា", "បូរ៉ា", "ចាន់", "រិទ្ធី", "សំណាង", "វណ្ណៈ"},
		family:      []string{"ចាន់", "កែវ", "ហេង", "លី", "សុខ", "ម៉ៅ", "នួន", "ឈឹម", "ប៉ែន"},
		homes:       []home{{"Banteay Meanchey", "Poipet"}, {"Preah Sihanouk", "Sihanoukville"}, {"Battambang", "Battambang"}},
	},
	{
		citizenship: "VN",
		female:      []string{"Thị Hương", "Thị Lan", "Ngọc Ánh", "Thu Thủy", "Kim Yến", "Thị Bưởi", "Hồng Đào", "Mỹ Lệ"},
		male:        []string{"Văn Dũng", "Đức Thắng", "Quốc Việt", "Hữu Phước", "Minh Đạt", "Văn Sự", "Công Lượng", "Tuấn Kiệt"},
		family:      []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Võ", "Đặng", "Bùi", "Đỗ"},
		homes:       []home{{"Nghệ An", "Vinh"}, {"Lào Cai", "Sa Pa"}, {"An Giang", "Châu Đốc"}},
	},
	{
		citizenship: "MM",
		female:      []string{"မသန်း", "ခင်မေ", "အေးအေး", "နီလာ", "စုစု", "သီတာ", "မြမြ", "နွယ်နွယ်"},
		male:        []string{"အောင်", "ကျော်ဇော", "မင်းသူ", "ဇော်ဇော်", "တင်ဦး", "ထွန်းထွန်း", "ဝင်းကို", "နေလင်း"},
		glue:        true,
		homes:       []home{{"Shan", "Tachileik"}, {"Kayin", "Myawaddy"}, {"Mon", "Mawlamyine"}},
	},
	{
		citizenship: "CN",
		female:      []string{"美", "玉", "丽", "秀", "燕", "梅", "芳", "娟", "霞"},
		male:        []string{"伟", "强", "军", "磊", "勇", "涛", "明", "志", "刚"},
		family:      []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周"},
		glue:        true,
		homes:       []home{{"Yunnan", "Ruili"}, {"Guangxi", "Pingxiang"}},
	},
	{
		citizenship: "LA",
		female:      []string{"Mai", "Bouavanh", "Khamla", "Noy", "Pa Nhia", "Dalavanh", "Somchit", "Xee"},
		male:        []string{"Bounmy", "Somphone", "Khamphet", "Tou", "Phouvong", "Sengchanh", "Kong", "Vilay"},
		family:      []string{"Phommachanh", "Sisouvanh", "Xiong", "Vang", "Keomany", "Inthavong", "Chanthalath", "Moua"},
		homes:       []home{{"Xiangkhouang", "Paek"}, {"Houaphanh", "Xamneua"}, {"Vientiane", "Vangvieng"}},
	},
}

// name draws a given and a family name; the family name is empty where the
// people use none.
func (p people) name(r *rand.Rand, female bool) (given, family string) {
	list := p.male
	if female {
		list = p.female
	}
	given = pick(r, list)
	if p.glue {
		given += pick(r, list)
	}
	if len(p.family) > 0 {
		family = pick(r, p.family)
	}
	return given, family
}

// names hands out names that no person before had.
type names map[string]bool

// draw tries a while for an unused name and then lengthens one until it is new.
func (n names) draw(r *rand.Rand, p people, female bool) (given, family string) {
	given, family = p.name(r, female)
	for try := 0; n[given+"\x00"+family]; try++ {
		given2, family2 := p.name(r, female)
		if try < 8 {
			given, family = given2, family2
			continue
		}
		given = strings.TrimSpace(given + p.joint() + given2)
	}
	n[given+"\x00"+family] = true
	return given, family
}

func (p people) joint() string {
	if p.glue {
		return ""
	}
	return " "
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
