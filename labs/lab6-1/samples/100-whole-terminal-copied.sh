student@laptop:~$ docker run --name test-data -it alpine:latest sh
/ # echo "중요한 데이터" > /tmp/important.txt
/ # echo "애플리케이션 로그" > /var/log/app.log
/ # ls /tmp /var/log
/tmp:
important.txt

/var/log:
app.log
/ # exit
student@laptop:~$ docker start -i test-data
/ # cat /tmp/important.txt
중요한 데이터
/ # cat /var/log/app.log
애플리케이션 로그
/ # exit
student@laptop:~$ docker rm test-data
test-data
student@laptop:~$ docker run --name test-data-new -it alpine:latest sh
/ # ls /tmp/
/ # ls /var/log/
/ # exit
